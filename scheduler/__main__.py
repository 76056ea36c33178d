"""Starting the command `rasid`, by that name or as `python -m scheduler`."""

import sys

from scheduler.identity import namesake


def main() -> None:
    problem = namesake()
    if problem is not None:
        print(f"rasid: {problem}", file=sys.stderr)  # noqa: T201 - nothing else is sure to be ours
        raise SystemExit(2)
    # Only now: these imports need `storage` to be ours.
    from scheduler.cli.app import run

    raise SystemExit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
