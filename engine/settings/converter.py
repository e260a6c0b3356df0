"""Strict structuring with cattrs: no silent conversions, unknown keys refused, all faults at once.

Used for the configuration file, for a venue's own settings, for strategy parameters and for the
settings that an actor gets over its pipe, so that every edge reports in one style.
"""

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override
from cattrs.v import transform_error

from engine.errors import ConfigError, Problem
from engine.model.money import parse_decimal

T = TypeVar("T")

SHOWN_CHARS_MAX = 60
"""Of a value that is refused."""

HERE = "{here}"
"""Stands in a hint for the path of the problem, as it is written in a heading."""

_NEXT, _HINT = "\x1e", "\x1f"
"""Between problems, and between a problem and its hint, on their way through cattrs, which knows texts."""


class _Misshapen(TypeError):
    """A value of another shape than expected, with what to write instead."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.hint = hint


def _strict(expected: type, *accepted: type) -> Callable[[Any, Any], Any]:
    """A hook that takes only the named exact types (a bool is no int here)."""
    kinds = accepted or (expected,)

    def structure(value: Any, _type: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"expected {_word(expected)}, got {_shown(value)}")
        return expected(value)

    return structure


def _float(value: Any, _type: Any) -> float:
    number: float = _strict(float, float, int)(value, float)
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, not {number}")
    return number


def _word(kind: type) -> str:
    words = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    words |= {dict: "a table", list: "a list"}
    return words.get(kind, kind.__name__)


def _shown(value: Any) -> str:
    """A value in the words of the file; of a table or a list only what it is."""
    word = _word(type(value))
    if isinstance(value, Mapping | list | tuple):
        return word
    text = repr(value)
    cut = len(text) > SHOWN_CHARS_MAX
    return f"{word} {text[:SHOWN_CHARS_MAX]}…" if cut else f"{word} {text}"


def _decimal(value: Any, _type: Any) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if type(value) is int:
        return Decimal(value)
    if type(value) is str:
        return parse_decimal(value)
    raise TypeError(f'expected an exact number as text such as "0.5", got {_shown(value)}')


def _path(value: Any, _type: Any) -> Path:
    if isinstance(value, Path):
        return value
    return Path(_strict(str)(value, str))


def _enum(value: Any, kind: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        words = ", ".join(str(word.value) for word in kind)
        raise ValueError(f"must be one of {words}, not {value!r:.60}") from None


def make_converter() -> cattrs.Converter:
    """A converter with the strict hooks and refusal of unknown keys."""
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    # By class where cattrs has a hook of its own: its lenient ones (`int("1")`) go before every
    # predicate. A hook for `str` takes StrEnums as well, so each kind of enum gets the nearer one.
    exact: dict[type, Callable[[Any, Any], Any]] = {
        str: _strict(str),
        int: _strict(int),
        bool: _strict(bool),
        float: _float,
        Decimal: _decimal,
        Path: _path,
        Enum: _enum,
        StrEnum: _enum,
        IntEnum: _enum,
    }
    for kind, hook in exact.items():
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_func(
        # By predicate: by class it would take everything.
        lambda kind: kind is object,
        lambda value, _type: value,
    )
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and attrs.has(kind),
        lambda cls: _structure_attrs(cls, converter),
    )
    lenient = converter.copy()
    converter.register_structure_hook_func(
        _is_list,
        # A text is a sequence of texts to cattrs: one name would become many of one letter.
        lambda value, kind: lenient.structure(_listed(value, kind), kind),
    )
    plain = converter.copy()
    converter.register_structure_hook_func(
        _is_table,
        # To cattrs whatever has no `items` is a fault of the program.
        lambda value, kind: plain.structure(_tabled(value, kind), kind),
    )
    return converter


def _is_list(kind: Any) -> bool:
    origin = get_origin(kind)
    return origin is tuple or origin is list


def _is_table(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _listed(value: Any, kind: Any) -> Any:
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, Mapping) and any(map(attrs.has, get_args(kind))):
        raise _Misshapen("expected a list of tables, got one table", f"write `[[{HERE}]]`")
    raise _Misshapen(f"expected a list, got {_shown(value)}", f"write {_bracketed(value)}")


def _bracketed(value: Any) -> str:
    return f"`[{_toml(value)}]`" if isinstance(value, str | int | float) else "`[…]`"


def _tabled(value: Any, kind: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    arguments = get_args(kind)
    hint = ""
    if arguments and arguments[-1] is Decimal:
        amount = value if isinstance(value, str | int) else "3"
        hint = f'an amount for each currency, such as {{ USDT = "{amount}" }}'
    raise _Misshapen(f"expected a table, got {_shown(value)}", hint)


def _toml(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _structure_attrs(cls: Any, converter: cattrs.Converter) -> Any:
    """Field names with a trailing underscore (`class_`) stand for Python's reserved words."""
    renames = {
        field.name: override(rename=field.name.removesuffix("_"))
        for field in attrs.fields(attrs.resolve_types(cls))
        if field.name.endswith("_")
    }
    from_mapping = make_dict_structure_fn(cls, converter, **renames)  # type: ignore[arg-type]

    def structure(value: Any, kind: Any) -> Any:
        if attrs.has(type(value)) and isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            several = isinstance(value, list) and all(isinstance(one, Mapping) for one in value)
            hint = f"write `[{HERE}]`, once" if several and value else ""
            raise _Misshapen(f"expected a table, got {_shown(value)}", hint)
        return from_mapping(value, kind)

    return structure


_CONVERTER = make_converter()


def structure(value: object, cls: type[T], *, path: str = "") -> T:
    """`value` (plain mappings, lists, numbers, texts) as an instance of `cls`.

    Raises:
        ConfigError: with every problem and the path of each below `path`.
    """
    try:
        return _CONVERTER.structure(value, cls)
    except Exception as error:  # noqa: BLE001 - whatever a validator raises is the file's fault
        raise ConfigError(*problems_of(error, path)) from None


def problems_of(error: Exception, path: str) -> list[Problem]:
    """Every fault inside a structuring error, with its path."""
    problems: list[Problem] = []
    for line in transform_error(error, path or "$", format_exception=_describe):
        text, _, where = line.rpartition(" @ ")
        problems.extend(_problem(each, _clean(where, path)) for each in text.split(_NEXT))
    return problems


def _clean(where: str, path: str) -> str:
    where = re.sub(r"\['([^']*)'\]", r".\1", where.replace("class_", "class"))
    if path:
        return where
    return where.removeprefix("$").lstrip(".") or "(file)"


def _describe(error: BaseException, _type: Any) -> str:
    if isinstance(error, KeyError):
        return f"the key {error.args[0]!r} is missing"
    if isinstance(error, ForbiddenExtraKeysError):
        known = [field.name.removesuffix("_") for field in attrs.fields(error.cl)]
        keys = sorted(error.extra_fields)
        return _NEXT.join(_HINT.join(unknown_key(key, known)) for key in keys)
    if isinstance(error, IterableValidationError):
        return "invalid list"
    if isinstance(error, _Misshapen):
        return f"{error}{_HINT}{error.hint}"
    return str(error)


def unknown_key(key: str, known: Sequence[str]) -> tuple[str, str]:
    """Problem and hint for a key that nobody knows."""
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"unknown key {key!r}", f"did you mean {near[0]!r}?"
    return (
        f"unknown key {key!r}",
        f"known keys: {', '.join(known)}" if known else "no key is known here",
    )


def _problem(text: str, where: str) -> Problem:
    problem, marked, hint = text.partition(_HINT)
    if marked:
        return Problem(where, problem, hint.replace(HERE, re.sub(r"\[\d+\]", "", where)))
    if text.endswith(")") and " (" in text:
        problem, _, hint = text[:-1].partition(" (")
        return Problem(where, problem, hint)
    return Problem(where, text)


def plain_values(value: object) -> object:
    """The opposite way: attrs, Decimal, Path, enums and tuples to what msgpack and JSON carry."""
    kind: Any = type(value)
    if attrs.has(kind):
        return {
            field.name.removesuffix("_"): plain_values(getattr(value, field.name))
            for field in attrs.fields(kind)
        }
    if isinstance(value, Mapping):
        return {str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, frozenset, set)):
        return [plain_values(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, str):
        return str(value)
    return value
