"""The documentation is held to the code: what it shows works, what there is it names."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scheduler import watchlists
from scheduler.config import Channel, Config
from scheduler.matching import Span, match_text
from scheduler.nodes import FIELDS
from scheduler.query import parse
from scraper import catalogue
from scraper.orders import Report
from storage import outbox, queries
from storage.models import Alert, Article, Capture, Cluster, Delivery, Match, Site, Version, Watch
from storage.runs import Counts
from tests import manual

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
QUERIES = (DOCS / "queries.md").read_text("utf-8").partition(manual.BEGIN)[0]
FORMATS = (DOCS / "formats.md").read_text("utf-8")
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(DOCS.glob("*.md")),
]


def _name(path: Path) -> str:
    return path.name


def _example(first_line: str) -> str:
    """Return the TOML example of docs/formats.md that begins with *first_line*."""
    [found] = [
        block
        for block in re.findall(r"^```toml\n(.*?)^```", FORMATS, re.DOTALL | re.MULTILINE)
        if block.startswith(first_line)
    ]
    return str(found)


def _section(title: str) -> str:
    return FORMATS.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _fields(title: str) -> set[str]:
    """Return the fields named in the first column of a section's table."""
    rows = re.findall(r"^\| (`.*?) \|", _section(title), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("path", manual.WRITTEN, ids=_name)
def test_what_is_written_from_the_code_is_up_to_date(path: Path):
    assert path.read_text("utf-8") == manual.page(path), "run `make docs`"


def _command_lines() -> Iterator[tuple[str, list[str]]]:
    """Yield every `rasid …` line of an example, by its page; and every one quoted in prose."""
    for path in PAGES:
        text = path.read_text("utf-8").partition(manual.BEGIN)[0]
        examples = re.findall(r"^    (?:.*/bin/)?(rasid [^\n]*)$", text, re.MULTILINE)
        quoted = re.findall(r"`(rasid [a-z][^`\n]*)`", text)
        for line in [*examples, *quoted]:
            words = shlex.split(line.replace("…", ""), comments=True)
            yield f"{path.name}: {line}", words[1:]


@pytest.mark.parametrize(
    ("line", "words"), list(_command_lines()), ids=lambda value: str(value)[:60]
)
def test_a_command_line_shown_in_the_documentation_exists(line: str, words: list[str]):
    command, rest = _resolved(words)
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {"--help", "--config", "--verbose"}
    is_group = bool(getattr(command, "commands", {}))

    assert not (is_group and rest and re.fullmatch("[a-z-]+", rest[0])), f"no such: {line}"
    assert {word for word in rest if word.startswith("--")} <= known


def _resolved(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that *words* call, and its arguments."""
    commands = manual.commands()
    name, rest = "rasid", list(words)
    while rest and f"{name} {rest[0]}" in commands:
        name = f"{name} {rest.pop(0)}"
    return commands[name], rest


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_every_make_target_named_is_there(path: Path):
    targets = set(re.findall(r"^\.PHONY: (\w+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = path.read_text("utf-8")
    named = set(re.findall(r"(?:^    |`)make ([a-z]+)", text, re.MULTILINE))

    assert named <= targets


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_every_file_linked_is_there(path: Path):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


def _map() -> dict[str, set[str]]:
    """Return the rooms of each floor as CONTRIBUTING.md lists them."""
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## The map")[2]
    floors: dict[str, set[str]] = {}
    floor = ""
    for cell in re.findall(r"^\| (\**`.*?) \|", table, re.MULTILINE):
        names = re.findall(r"`([^`]+)`", cell)
        if cell.startswith("**"):
            floor = names[0].rstrip("/")
            floors[floor] = set()
        else:
            floors[floor].update(name.rstrip("/") for name in names)
    return floors


@pytest.mark.parametrize("floor", ["storage", "scraper", "scheduler"])
def test_the_map_of_the_house_shows_every_room_and_no_other(floor: str):
    rooms = {
        path.name
        for path in (ROOT / floor).iterdir()
        if path.name not in ("__init__.py", "__pycache__") and not path.name.startswith(".")
    }

    assert _map()[floor] == rooms


def test_the_configuration_shown_loads_and_has_every_key(tmp_path: Path):
    path = tmp_path / "rasid.toml"
    path.write_text(_example("# rasid.toml"), "utf-8")

    Config.load(path, {})

    shown = tomllib.loads(path.read_text("utf-8"))
    assert set(shown) == set(Config.model_fields) - {"path"}
    for table in ("crawl", "alerts", "desk"):
        assert set(shown[table]) == set(type(Config.model_fields[table].default).model_fields)
    assert set(shown["channels"]["newsroom"]) == set(Channel.model_fields)


def test_the_defaults_shown_are_the_defaults(tmp_path: Path):
    shown = tomllib.loads(_example("# rasid.toml"))
    path = tmp_path / "rasid.toml"
    path.write_text("", "utf-8")
    default = Config.load(path, {})

    assert default.archive == f"sqlite:///{tmp_path / 'rasid.db'}"
    assert default.captures == tmp_path / shown["captures"]
    assert default.sites == [tmp_path / "sites"]
    assert default.watches == tmp_path / shown["watches"]
    assert default.timezone == shown["timezone"]
    for table in ("crawl", "alerts", "desk"):
        assert getattr(default, table).model_dump() == shown[table]


def test_the_site_shown_loads_and_has_every_key(tmp_path: Path):
    path = tmp_path / "example.toml"
    path.write_text(_example("# sites/example.toml"), "utf-8")

    site = catalogue.load_file(path)

    shown = tomllib.loads(path.read_text("utf-8"))
    assert set(shown) == set(catalogue.Site.model_fields)
    assert {key for route in shown["routes"] for key in route} == set(catalogue.Route.model_fields)
    assert set(shown["extract"]) == set(catalogue.ExtractRules.model_fields)
    assert site.key == "example"


def test_the_defaults_of_a_site_shown_are_the_defaults():
    shown = tomllib.loads(_example("# sites/example.toml"))
    named = {
        "language", "timezone", "enabled", "interval_minutes", "delay_seconds", "confidence",
        "private_network", "capture_pages",
    }  # fmt: skip

    for name in named:
        assert shown[name] == catalogue.Site.model_fields[name].default, name
    feed = next(route for route in shown["routes"] if route["type"] == "feed")
    for name in ("first_page", "page_step", "max_pages"):
        assert feed[name] == catalogue.Route.model_fields[name].default, name


def test_the_watch_list_shown_loads_and_has_every_key():
    text = _example("# watches.toml")

    watchlists.parse(text, where="docs")

    [shown] = tomllib.loads(text)["watch"]
    assert set(shown) == set(watchlists.Watch.model_fields)
    for name in ("mode", "gap", "number"):
        assert shown[name] == watchlists.Watch.model_fields[name].default, name


def test_every_field_of_article_json_is_described():
    row = queries.Row(Article(), Version(), Capture(), Cluster(size=1))
    article = queries.article_json(row)

    assert _fields("Article") == set(article)
    assert _fields("Captures") == set(article["capture"])


def test_every_field_of_alert_json_is_described():
    entry = outbox.Entry(Alert(), Watch(), Article(), Version(), Match(spans=[]), Site(), Capture())
    alert = outbox.alert_json(entry, [outbox.Copy(1, "a", "a", "a", "a")], [Delivery(state="")])

    assert _fields("Alert") == set(alert)
    for name in (*alert["copies"][0], *alert["deliveries"][0]):
        assert name in _section("Alert")


def test_every_field_of_a_span_is_described():
    for name in Span._fields:
        assert name in _section("Spans").partition("}]`")[0]


def test_links_inside_the_page_lead_somewhere():
    titles = {
        title.lower().replace(" ", "-") for title in re.findall("^## (.+)$", FORMATS, re.MULTILINE)
    }

    assert set(re.findall(r"\]\(#([^)]+)\)", FORMATS)) <= titles


def test_every_field_of_crawl_json_is_described():
    report = Report(site="a", outcome="ok", reason=None, counts=Counts(), seconds=1.0)

    assert _fields("Crawl") == set(report.as_json())


def _query_examples() -> Iterator[tuple[str, str, bool]]:
    """Yield the rows of docs/queries.md as query, text, and whether the text is found."""
    rows = re.findall(r"^\| `(.+?)` \| (.*?) \| (.*?) ?\|$", QUERIES, re.MULTILINE)
    for query, finds, does_not in rows:
        for cell, found in ((finds, True), (does_not, False)):
            for text in filter(None, cell.split(" · ")):
                yield query.replace("\\|", "|"), text, found


@pytest.mark.parametrize(("query", "text", "found"), list(_query_examples()))
def test_a_query_shown_finds_what_is_said(query: str, text: str, found: bool):
    assert bool(match_text(query, text)) == found


def test_a_field_shown_is_one():
    shown = re.findall(r"`((\w+):[^`]+)`", QUERIES.partition("## Fields")[2])

    assert {field for _, field in shown} == set(FIELDS)
    for query, _ in shown:
        parse(query)


def test_ci_finds_the_command_that_runs_the_tests():
    section = (ROOT / "README.md").read_text("utf-8").partition("\n## Tests\n")[2]

    assert re.findall(r"^    (make \w+)", section, re.MULTILINE)[0] == "make test"
