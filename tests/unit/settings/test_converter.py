"""Structuring is strict: nothing is converted silently, and every fault comes with its path."""

import math
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path

import attrs
import pytest

from engine.errors import ConfigError
from engine.model.enums import Mode
from engine.settings.converter import plain_values, structure


class Colour(Enum):
    RED = "red"


@attrs.frozen(kw_only=True)
class Inner:
    n: int = 0


@attrs.frozen(kw_only=True)
class Sample:
    number: float = 1.0
    count: int = 0
    text: str = ""
    flag: bool = False
    mode: Mode = Mode.PAPER
    colour: Colour = Colour.RED
    path: Path | None = None
    money: Decimal | None = None
    names: tuple[str, ...] = ()
    inner: tuple[Inner, ...] = ()
    raw: Mapping[str, object] = attrs.field(factory=dict)
    class_: str = ""
    cash: Mapping[str, Decimal] | None = None
    twins: Mapping[str, str] = attrs.field(factory=dict)
    one: Inner = Inner()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"number": 2}, Sample(number=2.0)),
        ({"count": 3, "flag": True, "text": "x"}, Sample(count=3, flag=True, text="x")),
        ({"mode": "live", "colour": "red"}, Sample(mode=Mode.LIVE)),
        ({"path": "a/b"}, Sample(path=Path("a/b"))),
        ({"money": "0.10"}, Sample(money=Decimal("0.10"))),
        ({"money": 7}, Sample(money=Decimal(7))),
        ({"names": ["a", "b"]}, Sample(names=("a", "b"))),
        ({"inner": [{"n": 1}]}, Sample(inner=(Inner(n=1),))),
        ({"raw": {"x": [1, "2"]}}, Sample(raw={"x": [1, "2"]})),
        ({"class": "m:C"}, Sample(class_="m:C")),
        ({"cash": {"USDT": "0.1"}}, Sample(cash={"USDT": Decimal("0.1")})),
    ],
)
def test_values_of_the_right_kind_are_taken(raw, expected):
    """A whole number is a number, a list a tuple; nothing else changes its kind."""
    found = structure(raw, Sample)

    assert found == expected
    assert type(found.number) is float


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({"number": "1"}, "number: expected a number, got text '1'"),
        ({"number": True}, "number: expected a number, got true or false True"),
        ({"number": math.nan}, "number: must be a finite number, not nan"),
        ({"number": math.inf}, "number: must be a finite number, not inf"),
        ({"count": "1"}, "count: expected a whole number, got text '1'"),
        ({"count": True}, "count: expected a whole number, got true or false True"),
        ({"count": 2.7}, "count: expected a whole number, got a number 2.7"),
        ({"text": 1}, "text: expected text, got a whole number 1"),
        ({"flag": "false"}, "flag: expected true or false, got text 'false'"),
        ({"flag": 1}, "flag: expected true or false, got a whole number 1"),
        ({"mode": "lve"}, "mode: must be one of paper, live, not 'lve'"),
        ({"colour": "blue"}, "colour: must be one of red, not 'blue'"),
        ({"path": 1}, "path: expected text, got a whole number 1"),
        ({"money": 0.1}, "money: expected an exact number as text"),
        ({"money": "1e5"}, "money: not a plain decimal number: '1e5'"),
        ({"names": "BTC"}, "names: expected a list, got text 'BTC'"),
        ({"names": ["a", 1]}, "names[1]: expected text, got a whole number 1"),
        ({"inner": [{}, {"n": "1"}]}, "inner[1].n: expected a whole number, got text '1'"),
        ({"inner": {"n": 1}}, "expected a list of tables, got one table (write `[[inner]]`)"),
        ({"one": [{"n": 1}]}, "one: expected a table, got a list (write `[one]`, once)"),
        ({"names": "BTC"}, """got text 'BTC' (write `["BTC"]`)"""),
        ({"raw": [1]}, "raw: expected a table, got a list"),
        ({"cash": 100}, """cash: expected a table, got a whole number 100 (an amount for each"""),
        ({"cash": "3"}, """such as { USDT = "3" })"""),
        ({"cash": {"USDT": 0.5}}, "cash.USDT: expected an exact number as text"),
        ({"twins": "a"}, "twins: expected a table, got text 'a'"),
        ({"twins": {"a": 1}}, "twins.a: expected text, got a whole number 1"),
        ({"number": "x" * 70}, "got text '" + "x" * 59 + "…"),
        ({"nmber": 1}, "unknown key 'nmber' (did you mean 'number'?)"),
    ],
)
def test_values_of_another_kind_are_refused(raw, problem):
    """The path, what was expected and what was there, in the words of the file."""
    with pytest.raises(ConfigError) as caught:
        structure(raw, Sample, path="")
    assert problem in str(caught.value)


def test_all_faults_come_at_once():
    """One run names every fault, each below the path of the section."""
    with pytest.raises(ConfigError) as caught:
        structure({"count": "1", "inner": [{"n": 1.5}], "x": 1}, Sample, path="venues.a")

    assert [problem.path for problem in caught.value.problems] == [
        "venues.a.count",
        "venues.a.inner[0].n",
        "venues.a",
    ]


def test_each_unknown_key_is_a_problem_of_its_own():
    """With its own hint; two were once one sentence with half a hint."""
    with pytest.raises(ConfigError) as caught:
        structure({"nmber": 1, "cout": 2}, Sample)
    assert [(each.problem, each.hint) for each in caught.value.problems] == [
        ("unknown key 'cout'", "did you mean 'count'?"),
        ("unknown key 'nmber'", "did you mean 'number'?"),
    ]


def test_plain_values_lead_back():
    """What is written for a pipe or a page is read again as the same."""
    sample = Sample(
        money=Decimal("1E-8"), path=Path("x"), names=("a",), inner=(Inner(n=2),), class_="m:C"
    )
    plain = plain_values(sample)

    assert plain["money"] == "0.00000001"
    assert structure({k: v for k, v in plain.items() if k != "colour"}, Sample) == sample
