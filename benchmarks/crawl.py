"""Crawl one newsroom with Rasid and with what a user would take instead, side by side.

    python benchmarks/crawl.py [--hosts 24] [--pages 100] [--rounds 3] [--rivals PYTHON] [--only A,B]

`crawl_newsroom.py` serves it from a process of its own. Each system crawls all of it in turn,
round by round, in a process of its own; the median round counts. Pages a second are counted from
the first request the server saw to the end of the process, CPU likewise, so start-up is nobody's
burden and what is still to be written counts. Rasid extracts, keeps versions, clusters and index;
with `+ WARC` the exchanges, too; over REST a hundred posts a request; afterwards 100 watches are
matched, as the service does beside the workers. What takes long for each page sees the first pages of each host only.

`--rivals` names the Python of an environment with news-please (`pip install scrapy trafilatura
'newspaper4k[nlp]' news-please`); without it, that row is left out. `--flat` watches the memory of
one worker over as many pages as there are.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from storage.database import open_archive, session  # noqa: E402
from storage.models import Article  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
PORT = 18765
WATCHES = 100
WORDS = ("شرق", "الفرات", "حلب", "إدلب", "درعا", "دمشق", "قصف", "غارة", "معبر", "مخيم")
# Pages of each host that the slow ones are given.
FEW = {"trafilatura": 20, "news-please": 4}


@dataclass(slots=True)
class Sample:
    """What some processes had used up at one moment."""

    moment: float
    cpu: float
    megabytes: list[float]


@dataclass(slots=True)
class Result:
    """How one system did once."""

    pages: int
    seconds: float
    cpu: float
    megabytes: float
    samples: list[Sample] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.pages / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / self.pages


def ask(what: str, port: int = PORT, host: str = "127.0.0.10") -> Any:
    with urlopen(f"http://{host}:{port}/-/{what}") as answer:
        return json.load(answer)


@contextmanager
def newsroom(hosts: int, pages: int) -> Iterator[None]:
    """Serve the newsroom as long as the block runs."""
    command = [sys.executable, str(HERE / "crawl_newsroom.py"), "--port", str(PORT)]
    command += ["--hosts", str(hosts), "--pages", str(pages)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield
    finally:
        server.terminate()
        server.wait()


def watched(commands: list[list[str]], few: int | None = None) -> tuple[Result, list[str]]:
    """Run *commands* beside each other to their ends; return the result and what they printed."""
    ask("reset")
    environment = dict(os.environ, PYTHONPATH=str(HERE.parent))
    if few is not None:
        environment["PAGES_A_HOST"] = str(few)
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for command in commands
    ]
    samples = []
    while any(process.poll() is None for process in running):
        samples.append(Sample(time.time(), *used([process.pid for process in running])))
        time.sleep(0.05)
    ended = time.time()
    printed = [process.stdout.read() if process.stdout else "" for process in running]
    if any(process.returncode not in (0, 1) for process in running):
        raise SystemExit(f"{commands[0]} failed")
    began = ask("first") or ended
    before = max((s.cpu for s in samples if s.moment <= began), default=0.0)
    cpu = max(s.cpu for s in samples) - before
    peak = max(max(s.megabytes, default=0.0) for s in samples)
    pages = ask("counts").get("page", 0)
    return Result(pages, ended - began, cpu, peak, samples), printed


def used(pids: list[int]) -> tuple[float, list[float]]:
    """Return the CPU seconds of some processes together and the memory of each."""
    cpu, memory = 0.0, []
    for pid in pids:
        try:
            after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        cpu += (int(after[11]) + int(after[12])) / TICK
        resident = [line for line in status.splitlines() if line.startswith("VmRSS")]
        memory += [int(line.split()[1]) / 1024 for line in resident]
    return cpu, memory


def rival(way: str, python: str, hosts: int) -> Callable[[], Result]:
    """Return a run of one of the others."""
    few = FEW.get(way)
    command = [python, str(HERE / "crawl_rivals.py"), way]
    command += [f"http://127.0.0.{place + 10}:{PORT}/sitemap.xml" for place in range(hosts)]

    def run() -> Result:
        result, [printed] = watched([command], few)
        if int(printed.split()[-1]) < 0.95 * result.pages:
            print(f"{way}: only {printed.strip()} of {result.pages} pages gave a title")
        return result

    return run


def rasid(
    hosts: int, pages: int, *, route: str = "sitemap", warc: bool = False, workers: int = 1
) -> Callable[[], Result]:
    """Return a run of Rasid's workers over a fresh archive."""

    def run() -> Result:
        with tempfile.TemporaryDirectory() as folder:
            orders = prepare(Path(folder), hosts, route, warc=warc)
            command = [sys.executable, "-m", "scraper.worker", "--config-json", orders, "--once"]
            result, _ = watched([command] * workers)
            result.pages = kept = articles(Path(folder))
            if kept < 0.99 * hosts * pages:
                print(f"rasid over {route}: only {kept} of {hosts * pages} kept")
            print(f"rasid over {route}: {WATCHES} watches matched in {matched(Path(folder)):.1f} s")
            return result

    return run


def prepare(folder: Path, hosts: int, route: str, *, warc: bool) -> str:
    """Write the site files and an empty archive; return a worker's orders."""
    sites = folder / "sites"
    sites.mkdir()
    for place in range(hosts):
        name = f"127.0.0.{place + 10}"
        path = "/sitemap.xml" if route == "sitemap" else "/"
        (sites / f"host{place}.toml").write_text(
            f'key = "host{place}"\nname = "{name}"\nurl = "http://{name}:{PORT}/"\n'
            f'hosts = ["{name}"]\nlanguage = "ar"\ntimezone = "UTC"\nside = "bench"\nenabled = true\n'
            "interval_minutes = 60\ndelay_seconds = 0\nprivate_network = true\n"
            'confidence = "high"\nevidence = "benchmark"\n'
            f'[[routes]]\ntype = "{route}"\nurl = "http://{name}:{PORT}{path}"\n'
        )
    url = f"sqlite:///{folder / 'rasid.db'}"
    open_archive(url, create=True).dispose()
    keys = [f"host{place}" for place in range(hosts)]
    captures = str(folder / "captures") if warc else None
    return json.dumps({"archive": url, "captures": captures, "sites": [str(sites)], "only": keys})


def articles(folder: Path) -> int:
    engine = open_archive(f"sqlite:///{folder / 'rasid.db'}")
    with session(engine) as db:
        count = db.query(Article).count()
    engine.dispose()
    return count


def matched(folder: Path) -> float:
    """Return the seconds in which 100 watches are matched against all that was kept, start included."""
    (folder / "watches.toml").write_text(
        "".join(
            f'[[watch]]\nname = "{number}"\nquery = "{first} OR \\"{first} {second}\\""\n'
            for number, (first, second) in enumerate(product(WORDS, WORDS[::-1]))
            if number < WATCHES
        ),
        "utf-8",
    )
    (folder / "rasid.toml").write_text("[channels]\n")
    begun = time.perf_counter()
    command = [sys.executable, "-P", "-m", "scheduler", "match", "--json"]
    environment = dict(os.environ, PYTHONPATH=str(HERE.parent))
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - begun


def table(results: dict[str, list[Result]]) -> Iterator[str]:
    """Yield the rows: medians, and each system beside Scrapy with parsel."""
    base = median(results["parsel"], "rate") if results.get("parsel") else None
    yield f"{'':28}{'pages/s':>9}{'CPU ms':>9}{'peak MB':>9}{'x parsel':>10}"
    for name, runs in results.items():
        rate = median(runs, "rate")
        ratio = f"{rate / base:10.2f}" if base else ""
        peak = max(run.megabytes for run in runs)
        yield f"{name:28}{rate:9.1f}{median(runs, 'cpu_ms'):9.2f}{peak:9.0f}{ratio}"


def median(runs: list[Result], what: str) -> float:
    return statistics.median(getattr(run, what) for run in runs)


def systems(given: argparse.Namespace) -> dict[str, Callable[[], Result]]:
    hosts, pages = given.hosts, given.pages
    found = {way: rival(way, sys.executable, hosts) for way in ("scrapy", "parsel", "trafilatura")}
    if given.rivals:
        found["news-please"] = rival("news-please", given.rivals, hosts)
    found["rasid"] = rasid(hosts, pages)
    found["rasid + WARC"] = rasid(hosts, pages, warc=True)
    found["rasid, two workers"] = rasid(hosts, pages, workers=2)
    found["rasid over REST"] = rasid(hosts, pages, route="wordpress")
    if given.only:
        found = {name: run for name, run in found.items() if name in given.only.split(",")}
    return found


def flat(hosts: int, pages: int) -> None:
    """Print the memory of one worker, tenth by tenth of its crawl."""
    result = rasid(hosts, pages, warc=True)()
    print(f"{result.pages} pages, {result.rate:.0f} a second, {result.cpu_ms:.2f} ms CPU each")
    tenth = max(1, len(result.samples) // 10)
    print("MB:", *(f"{max(s.megabytes, default=0):.0f}" for s in result.samples[tenth::tenth]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hosts", type=int, default=24)
    parser.add_argument("--pages", type=int, default=100, help="of each host")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rivals", help="the Python of an environment with news-please")
    parser.add_argument("--only", help="names of rows, with commas between")
    parser.add_argument("--flat", action="store_true")
    given = parser.parse_args()
    with newsroom(given.hosts, given.pages):
        if given.flat:
            flat(given.hosts, given.pages)
            return
        results: dict[str, list[Result]] = {}
        for _ in range(given.rounds):
            for name, run in systems(given).items():
                results.setdefault(name, []).append(run())
        print("\n".join(table(results)))


if __name__ == "__main__":
    main()
