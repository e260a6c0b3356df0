"""Typed, validated parameters of a strategy, declared where they are used.

A plugin writes `fast: int = parameter(10, minimum=2, help="…")` in its class body; the base class
gathers these into an attrs class once, so that values from a configuration file are checked at load
with errors that name file, key and reason, and `run.py strategies` can list them.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, get_type_hints

import attrs

from engine.errors import ConfigError
from engine.settings.converter import structure

KINDS: tuple[type, ...] = (bool, int, float, str, Decimal)
"""What a parameter may be: what TOML can say without ambiguity."""


@attrs.frozen
class Parameter:
    """One declared parameter; `minimum` and `maximum` are inclusive."""

    default: object
    minimum: object
    maximum: object
    choices: tuple[object, ...]
    help: str


REQUIRED = attrs.NOTHING
"""Default of a parameter that the configuration must give."""


def parameter(
    default: Any = REQUIRED,
    *,
    minimum: Any = None,
    maximum: Any = None,
    choices: tuple[Any, ...] = (),
    help: str = "",  # noqa: A002 - the word that every command line library uses
) -> Any:
    """Declare a parameter in a strategy's class body; its annotation is its type.

    Args:
        default: value when the configuration gives none; leave it out to make it required.
        minimum: smallest value allowed, inclusive.
        maximum: largest value allowed, inclusive.
        choices: the only values allowed.
        help: one sentence for the operator, with the unit.
    """
    return Parameter(default, minimum, maximum, choices, help)


def declared(cls: type) -> dict[str, tuple[type, Parameter]]:
    """Name → (type, declaration) of all parameters of a class, base classes first.

    Raises:
        TypeError: for a declaration without annotation or of a type that TOML cannot say, with a
            default, limit or choice of another type, or under a name that the class needs itself.
    """
    hints = get_type_hints(cls)
    found: dict[str, tuple[type, Parameter]] = {}
    taken: set[str] = set()
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if not isinstance(value, Parameter):
                taken.add(name)
                continue
            if name in taken and name not in found:
                raise TypeError(
                    f"parameter {cls.__name__}.{name} takes the place of what a base class has under "
                    f"this name: choose another (`self.{name}` is the base's)"
                )
            kind = _kind(cls, name, hints)
            found[name] = (kind, _typed(f"{cls.__name__}.{name}", kind, value))
    return found


def _typed(name: str, kind: type, declaration: Parameter) -> Parameter:
    """The declaration with a default of its type; TypeError for whatever is of another."""

    def typed(word: str, value: object) -> Any:
        try:
            return structure(value, kind)
        except ConfigError as error:
            (problem,) = error.problems
            raise TypeError(f"{word} of parameter {name}: {problem.problem}") from None

    for word in ("minimum", "maximum"):
        if getattr(declaration, word) is not None:
            typed(word, getattr(declaration, word))
    for choice in declaration.choices:
        typed("a choice", choice)
    if declaration.default is REQUIRED:
        return declaration
    return attrs.evolve(declaration, default=typed("the default", declaration.default))


def _kind(cls: type, name: str, hints: Mapping[str, Any]) -> type:
    kind = hints.get(name)
    if kind not in KINDS:
        words = ", ".join(known.__name__ for known in KINDS)
        raise TypeError(f"parameter {cls.__name__}.{name} needs an annotation out of: {words}")
    return kind  # type: ignore[no-any-return]


def parameters_class(cls: type) -> type:
    """The attrs class that holds a strategy's parameters; built from its declarations."""
    fields = {
        name: attrs.field(
            type=kind, default=declaration.default, validator=_validator(declaration), kw_only=True
        )
        for name, (kind, declaration) in declared(cls).items()
    }
    return attrs.make_class(f"{cls.__name__}Parameters", fields, frozen=True)


def _validator(declaration: Parameter) -> Callable[[object, Any, Any], None]:
    def check(_instance: object, attribute: Any, value: Any) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            # TOML can say nan, and nan passes every comparison with a limit below.
            raise ValueError(f"{attribute.name} must be a finite number, not {value}")
        if declaration.choices and value not in declaration.choices:
            words = ", ".join(str(choice) for choice in declaration.choices)
            raise ValueError(f"{attribute.name} must be one of {words}, not {value!r}")
        if declaration.minimum is not None and value < declaration.minimum:
            raise ValueError(
                f"{attribute.name} must be at least {_shown(declaration.minimum)}, not {value}"
            )
        if declaration.maximum is not None and value > declaration.maximum:
            raise ValueError(
                f"{attribute.name} must be at most {_shown(declaration.maximum)}, not {value}"
            )

    return check


def describe(cls: type) -> list[dict[str, object]]:
    """Every parameter as name, type, default, min, max and help, for listings."""
    return [
        {
            "name": name,
            "type": kind.__name__,
            "default": None if declaration.default is REQUIRED else _shown(declaration.default),
            "required": declaration.default is REQUIRED,
            "min": _shown(declaration.minimum),
            "max": _shown(declaration.maximum),
            "choices": [_shown(choice) for choice in declaration.choices],
            "help": inspect.cleandoc(declaration.help),
        }
        for name, (kind, declaration) in declared(cls).items()
    ]


def _shown(value: object) -> object:
    return format(value, "f") if isinstance(value, Decimal) else value
