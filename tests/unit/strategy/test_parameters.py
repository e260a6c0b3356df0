"""Parameters are declared where they are used, checked at load and listed for people."""

import math
from decimal import Decimal

import pytest

from engine.errors import ConfigError
from engine.strategy import Strategy, parameter
from engine.strategy.host import StrategyHost
from engine.strategy.loading import load_parameters
from engine.strategy.parameters import declared, describe


class Base(Strategy):
    """Declares two."""

    level: float = parameter(1.0, minimum=0.5, maximum=2.0, help="the level")
    lots: Decimal = parameter(Decimal("0.10"), minimum=Decimal("0.01"))


class Derived(Base):
    """Adds one and changes another."""

    level: float = parameter(3.0, maximum=4.0)
    kind: str = parameter(choices=("a", "b"), help="which")


def test_values_are_plain_attributes():
    """A strategy reads its parameters as if they were its own."""
    host = StrategyHost("s", 1, ())
    host.create(Base, load_parameters(Base, {"level": 2, "lots": "0.5"}))

    assert (host.strategy.level, host.strategy.lots) == (2.0, Decimal("0.5"))
    assert type(host.strategy.level) is float


def test_a_subclass_inherits_and_overrides():
    """Declarations of the bases come first, and the nearest declaration holds."""
    assert list(declared(Derived)) == ["level", "lots", "kind"]
    assert load_parameters(Derived, {"kind": "b"}).level == 3.0
    assert load_parameters(Base, {}).level == 1.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused(value):
    """TOML can say nan and inf; a strategy never sees them, limits or not."""
    with pytest.raises(ConfigError, match="finite"):
        load_parameters(Derived, {"level": value, "kind": "a"})


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"level": 0.4}, "at least 0.5"),
        ({"level": 2.1}, "at most 2.0"),
        ({"lots": 0.5}, "exact number as text"),
        ({"level": "1"}, "expected a number"),
        ({"level": True}, "expected a number"),
    ],
)
def test_a_bad_value_is_refused_with_the_reason(raw, reason):
    """The limit or the expected type stands in the message."""
    with pytest.raises(ConfigError, match=reason):
        load_parameters(Base, raw)


def test_a_parameter_needs_a_type():
    """A declaration without annotation fails when the class is made, naming it."""
    with pytest.raises(TypeError, match=r"parameter Vague\.size needs an annotation"):

        class Vague(Strategy):
            size = parameter(1)


def test_a_type_that_a_file_cannot_say_is_refused():
    """Only what TOML says without ambiguity may be a parameter."""
    with pytest.raises(TypeError, match="out of: bool, int, float, str, Decimal"):

        class Odd(Strategy):
            sizes: list[int] = parameter()


def test_the_description_is_ready_for_json():
    """Decimals are plain text, a required parameter says so and has no default."""
    rows = {row["name"]: row for row in describe(Derived)}

    assert rows["lots"]["default"] == "0.10"
    assert rows["lots"]["min"] == "0.01"
    assert rows["level"] == {
        "name": "level",
        "type": "float",
        "default": 3.0,
        "required": False,
        "min": None,
        "max": 4.0,
        "choices": [],
        "help": "",
    }
    assert rows["kind"]["required"]
    assert rows["kind"]["default"] is None
    assert rows["kind"]["choices"] == ["a", "b"]
