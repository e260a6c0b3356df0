"""Strict structuring with cattrs: no silent conversions, unknown keys refused, all faults at once.

Used for the configuration file, for a venue's own settings, for strategy parameters and for the
settings that an actor gets over its pipe, so that every edge reports in one style.
"""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Any, TypeVar, get_origin

import attrs
import cattrs
from cattrs.errors import ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override
from cattrs.v import transform_error

from engine.errors import ConfigError, Problem
from engine.model.money import parse_decimal

T = TypeVar("T")


def _strict(expected: type, *accepted: type) -> Callable[[Any, Any], Any]:
    """A hook that takes only the named exact types (a bool is no int here)."""
    kinds = accepted or (expected,)

    def structure(value: Any, _type: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"expected {_word(expected)}, got {_word(type(value))} {value!r:.60}")
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


def _decimal(value: Any, _type: Any) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if type(value) is int:
        return Decimal(value)
    if type(value) is str:
        return parse_decimal(value)
    raise TypeError(
        f'expected an exact number as text such as "0.5", got {_word(type(value))} {value!r:.60}'
    )


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
        lambda value, kind: lenient.structure(_listed(value), kind),
    )
    return converter


def _is_list(kind: Any) -> bool:
    origin = get_origin(kind)
    return origin is tuple or origin is list


def _listed(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected a list, got {_word(type(value))} {value!r:.60}")
    return value


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
            raise TypeError(f"expected a table, got {_word(type(value))} {value!r:.60}")
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
        raise ConfigError(*problems_of(error, path, cls)) from None


def problems_of(error: Exception, path: str, cls: type | None = None) -> list[Problem]:
    """Every fault inside a structuring error, with its path."""
    problems = []
    for line in transform_error(error, path or "$", format_exception=_describe):
        text, _, where = line.rpartition(" @ ")
        problems.append(_problem(text, _clean(where, path), cls))
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
        return "; ".join(_unknown_key(key, known) for key in sorted(error.extra_fields))
    if isinstance(error, IterableValidationError):
        return "invalid list"
    return str(error)


def _unknown_key(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
    return f"unknown key {key!r} ({hint})"


def _problem(text: str, where: str, _cls: type | None) -> Problem:
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
