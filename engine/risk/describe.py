"""Controls, codes and limits as documentation, made from the code itself (`docs/risk.md`)."""

import inspect
import re

import attrs

from engine.risk.codes import MEANING, DenialCode
from engine.risk.controls import CODES, CONTROLS
from engine.risk.limits import Limits

CONTROLS_BEGIN = "<!-- generated: controls -->"
CODES_BEGIN = "<!-- generated: codes -->"
LIMITS_BEGIN = "<!-- generated: limits -->"
END = "<!-- end -->"


def controls_table() -> str:
    """Every control in the order in which it is asked, with its rule and its codes."""
    lines = [
        "| # | control | rule | what it demands | denies with |",
        "| --- | --- | --- | --- | --- |",
    ]
    for number, control in enumerate(CONTROLS, 1):
        rules, demand = _documented(inspect.getdoc(control) or "")
        codes = ", ".join(f"`{code.value}`" for code in CODES[control])
        name = getattr(control, "__name__", "")
        lines.append(f"| {number} | `{name}` | {rules} | {demand} | {codes} |")
    return "\n".join(lines)


def _documented(text: str) -> tuple[str, str]:
    first = text.partition("\n")[0]
    found = re.match(r"((?:PT-\d+(?:, )?)+): (.*)", first)
    rules, demand = (found[1], found[2]) if found else ("", first)
    return rules, demand[:1].lower() + demand[1:].rstrip(".")


def codes_table() -> str:
    """Every denial code and what it means."""
    lines = ["| code | the order was denied because |", "| --- | --- |"]
    lines += [f"| `{code.value}` | {MEANING[code]} |" for code in DenialCode]
    return "\n".join(lines)


def limits_table() -> str:
    """Every limit that a section can set."""
    described = _attributes(inspect.getdoc(Limits) or "")
    lines = ["| key | meaning |", "| --- | --- |"]
    lines += [f"| `{field.name}` | {described[field.name]} |" for field in attrs.fields(Limits)]
    return "\n".join(lines)


def _attributes(text: str) -> dict[str, str]:
    """The `Attributes:` part of a docstring, by name."""
    found: dict[str, str] = {}
    for line in text.partition("Attributes:")[2].splitlines():
        name, colon, meaning = line.strip().partition(": ")
        if colon:
            found[name] = meaning.rstrip(".")
    return found
