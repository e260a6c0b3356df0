"""Reads docstrings for the generated parts of the documentation: the text, and what is listed by name."""

import inspect
import re
from collections.abc import Mapping

import attrs

_SECTIONS = ("Args", "Attributes", "Raises", "Returns")


@attrs.frozen
class Documented:
    """A docstring taken apart.

    Attributes:
        text: what stands before the first list, paragraphs joined to one.
        lists: by heading (`Args`, `Attributes`, `Raises`) what is said of each name.
    """

    text: str
    lists: Mapping[str, Mapping[str, str]]

    def of(self, heading: str) -> Mapping[str, str]:
        """One of the lists, empty when there is none."""
        return self.lists.get(heading, {})


def documented(thing: object) -> Documented:
    """The docstring of a class, function or property."""
    return parsed(inspect.getdoc(thing) or "")


def parsed(text: str) -> Documented:
    """A docstring without its indentation, taken apart; lines of an entry that goes on are joined."""
    said: list[str] = []
    lists: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    name = ""
    for line in text.splitlines():
        heading = line.strip().removesuffix(":")
        entry = re.match(r" {4}(\*{0,2}[\w., `]+?): (.*)", line)
        if heading in _SECTIONS and line == f"{heading}:":
            current = lists.setdefault(heading, {})
        elif current is None or (line and not line.startswith(" ")):
            current = None
            said.append(line.strip())
        elif entry is not None:
            name = entry[1]
            current[name] = entry[2]
        elif line.strip() and name in current:
            current[name] += f" {line.strip()}"
    return Documented(" ".join(part for part in said if part), lists)
