"""What a strategy is given, as documentation made from the classes themselves (`docs/strategies.md`)."""

import enum
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from engine import strategy
from engine.docstrings import Documented, documented
from engine.messages.market import Quote
from engine.strategy.base import Strategy
from engine.strategy.parameters import KINDS, REQUIRED, parameter
from engine.strategy.soundness import CALLBACKS, RESERVED

_COMMON = tuple(field.name for field in attrs.fields(Quote)[:6])
"""Fields of all market data, explained once, with `Quote`."""


def callbacks_list() -> str:
    """Every callback with its arguments and when it is called."""
    return _entries((name, raw) for name, raw in vars(Strategy).items() if name in CALLBACKS)


def knowledge_list() -> str:
    """What a strategy can look at: properties and the verbs that change nothing."""
    return _entries(_offered(asks=True))


def verbs_list() -> str:
    """What a strategy can have done."""
    return _entries(_offered(asks=False))


def parameter_list() -> str:
    """How a parameter is declared, and of what types."""
    kinds = ", ".join(f"`{kind.__name__}`" for kind in KINDS)
    return f"{_entries([('parameter', parameter)])}\n\nIts annotation is one of {kinds}."


def classes_tables() -> str:
    """Every class that a strategy is handed objects of: fields, properties and methods."""
    exported = (getattr(strategy, name) for name in strategy.__all__)
    found = [one for one in exported if isinstance(one, type) and _has_fields(one)]
    return "\n\n".join(_class_table(cls) for cls in found)


def words_table() -> str:
    """Every list of words, with the members a strategy writes and reads."""
    lines = ["| words | what they say | members |", "| --- | --- | --- |"]
    exported = (getattr(strategy, name) for name in strategy.__all__)
    for cls in exported:
        if isinstance(cls, type) and issubclass(cls, enum.Enum):
            members = ", ".join(f"`{member.name}`" for member in cls)
            lines.append(f"| `{cls.__name__}` | {_cell(documented(cls).text)} | {members} |")
    return "\n".join(lines)


_ASKS = frozenset({"instrument", "twin", "quote", "is_stale", "position", "orders", "venue_state"})
"""Methods that only look; `saved` stands beside `save`."""


def _offered(*, asks: bool) -> Iterator[tuple[str, Any]]:
    for name, raw in vars(Strategy).items():
        looks = name in _ASKS or isinstance(raw, property)
        if not name.startswith("_") and name in RESERVED and looks is asks:
            yield name, raw


def _entries(found: Iterable[tuple[str, Any]]) -> str:
    lines = []
    for name, raw in found:
        said = documented(raw)
        shown = _signature(name, raw)
        lines.append(f"- **`{shown}`** {' '.join(filter(None, _sentences(said)))}")
    return "\n".join(lines)


def _sentences(said: Documented) -> Iterator[str]:
    yield said.text
    for name, meaning in said.of("Args").items():
        yield f"`{name}`: {meaning}"
    for name, meaning in said.of("Raises").items():
        names = ", ".join(f"`{one.strip()}`" for one in name.split(","))
        yield f"Raises {names}: {meaning}"


def _signature(name: str, raw: Any) -> str:
    if isinstance(raw, property):
        return f"{name}: {_type(_kind_of(raw))}"
    signature = inspect.signature(raw)
    shown: list[str] = []
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not any(text.startswith("*") for text in shown):
            shown.append("*")
        if one.name != "self":
            shown.append(_argument(one))
    answer = _type(signature.return_annotation)
    return f"{name}({', '.join(shown)})" + ("" if answer == "None" else f" -> {answer}")


_STARS: Mapping[object, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def _argument(one: inspect.Parameter) -> str:
    stars = _STARS.get(one.kind, "")
    kind = "" if one.annotation in (one.empty, Any, "Any") else f": {_type(one.annotation)}"
    if one.default is one.empty:
        return f"{stars}{one.name}{kind}"
    default = _default(one.default)
    return f"{one.name}{kind} = {default}" if kind else f"{one.name}={default}"


def _default(value: object) -> str:
    if value is REQUIRED:
        return "REQUIRED"
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    return repr(value)


def _type(annotation: object) -> str:
    """A type as it stands in code, without the modules' names."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=\w)", "", text)


def _kind_of(raw: property) -> object:
    return inspect.get_annotations(raw.fget).get("return") if raw.fget else None


def _has_fields(cls: type) -> bool:
    return attrs.has(cls) or (issubclass(cls, tuple) and hasattr(cls, "_fields"))


def _class_table(cls: type) -> str:
    """One class; the fields that all market data share are explained with `Quote` only."""
    said = documented(cls)
    hints = inspect.get_annotations(cls)
    shared = cls is not Quote and set(_COMMON) <= hints.keys()
    lines = [
        f"### `{cls.__name__}`",
        "",
        said.text,
        "",
        "| | type | meaning |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| `{name}` | `{_cell(_type(hint))}` | {_cell(_meaning(said.of('Attributes'), cls, name))} |"
        for name, hint in hints.items()
        if not (shared and name in _COMMON)
    ]
    for name, raw in vars(cls).items():
        if not name.startswith("_") and isinstance(raw, property):
            kind = _type(_kind_of(raw))
            lines.append(f"| `{name}` | `{_cell(kind)}` | {_cell(documented(raw).text)} |")
        elif not name.startswith("_") and inspect.isfunction(raw):
            lines.append(f"| `{_cell(_signature(name, raw))}` | | {_cell(documented(raw).text)} |")
    if shared:
        lines += [
            "",
            f"And {', '.join(f'`{name}`' for name in _COMMON)} as every market data message.",
        ]
    return "\n".join(lines)


def _meaning(said: Mapping[str, str], cls: type, name: str) -> str:
    if name not in said:
        raise LookupError(f"the docstring of {cls.__name__} does not say what {name} is")
    return said[name]


def _cell(text: str) -> str:
    """Text in a cell of a table, where a bar would end it."""
    return text.replace("|", "\\|").rstrip(".")
