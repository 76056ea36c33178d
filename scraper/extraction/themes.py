"""Profiles of themes that many sites share, as data.

A profile is a TOML file in `themes/`: markers that give the theme away in the
page's source, and CSS selectors for each field, best first.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Protocol

from scraper.extraction.page import Page


class Rules(Protocol):
    """What a site's file says of its pages: CSS selectors and a theme's name."""

    @property
    def theme(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def body(self) -> str | None: ...
    @property
    def author(self) -> str | None: ...
    @property
    def date(self) -> str | None: ...
    @property
    def section(self) -> str | None: ...
    @property
    def remove(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Theme:
    """One profile; *markers* are found in addresses, ids and classes of the page's frame."""

    name: str
    markers: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    author: list[str] = field(default_factory=list)
    date: list[str] = field(default_factory=list)
    section: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)


# Who has selectors for a page, in order: (name, its selectors).
Sources = list[tuple[str, Theme | Rules]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector for a field and the source that is named when it wins."""

    source: str
    css: str


@cache
def shipped() -> dict[str, Theme]:
    """Return the profiles by name."""
    folder = resources.files("scraper.extraction") / "themes"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda f: f.name
    )
    loaded = (
        Theme(name=file.name.removesuffix(".toml"), **tomllib.loads(file.read_text("utf-8")))
        for file in files
    )
    return {theme.name: theme for theme in loaded}


def recognise(page: Page) -> Theme | None:
    """Return the theme *page* was made with, by its markers, or None."""
    trail = _trail(page)
    return next(
        (theme for theme in shipped().values() if any(m in trail for m in theme.markers)), None
    )


def rules_for(page: Page, rules: Rules | None) -> Sources:
    """Return the sources of selectors for *page*, site first: (name, selectors)."""
    found: Sources = []
    stated = None
    if rules is not None:
        found.append(("site", rules))
        stated = shipped().get(rules.theme) if rules.theme else None
    theme = recognise(page)
    named = dict.fromkeys(one.name for one in (stated, theme) if one is not None)
    return [*found, *((f"theme:{name}", shipped()[name]) for name in named)]


def selectors(sources: Sources, name: str) -> list[Rule]:
    """Return the selectors *sources* have for the field *name*, in order."""
    found: list[Rule] = []
    for source, profile in sources:
        stated = getattr(profile, name)
        listed = [stated] if isinstance(stated, str) else stated or []
        label = f"site:{name}" if source == "site" else source
        found += [Rule(label, css) for css in listed]
    return found


def _trail(page: Page) -> str:
    """Return what gives a theme away: asset addresses, the generator, body's class."""
    head = [f"generator:{value}" for value in page.metas.get("generator", ())]
    for element in (*page.frame["link"], *page.frame["script"]):
        head.append(element.get("href") or element.get("src") or "")
        if identity := element.get("id"):
            head.append(f"#{identity}")
    head += [f"class:{body.get('class', '')}" for body in page.frame["body"]]
    return "\n".join(head).lower()
