"""The alias packs there are."""

from collections.abc import Mapping

from scheduler.nodes import Node


def shipped() -> Mapping[str, Node]:
    """Return what the packs that come with the program stand for, by name."""
    return {}
