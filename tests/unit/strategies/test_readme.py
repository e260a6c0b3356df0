"""What strategies/README.md says is so: its first strategy works, its names are there."""

import builtins
import re
from decimal import Decimal
from pathlib import Path

import pytest

import engine.strategy
import strategies
from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, Side
from engine.strategy import Strategy
from engine.strategy.loading import load_class, load_parameters
from tests.kit.desk import Desk

README = Path(strategies.__file__).parent / "README.md"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The README's class, loaded and configured as the README says."""
    text = README.read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    reference = re.search(r'^class = "(.*)"$', text, re.MULTILINE)[1]
    raw = re.search(r'level = (?P<level>\S+), quantity = "(?P<quantity>\S+)"', text)
    (tmp_path / "buy_the_dip.py").write_text(code, encoding="utf-8")
    cls = load_class(reference, tmp_path)
    given = {"level": float(raw["level"]), "quantity": raw["quantity"]}
    load_parameters(cls, given)
    return Desk(cls, level=given["level"], quantity=Decimal(given["quantity"]))


def test_it_buys_below_its_level(desk: Desk):
    """At market, the configured quantity; not before."""
    assert desk.quote(59_000.0, 59_000.1) == []
    (order,) = desk.quote(58_998.0, 58_999.9)

    assert isinstance(order, SubmitIntent)
    assert (order.side, order.ord_type, order.quantity) == (Side.BUY, OrdType.MARKET, 2)


def test_it_buys_once(desk: Desk):
    """However many quotes come before the order is accepted, before its fills, and after them."""
    (order,) = desk.quote(58_000.0, 58_000.1)
    assert desk.quote(58_000.0, 58_000.1) == []
    desk.accept()
    assert desk.quote(58_000.0, 58_000.1) == []
    desk.fill(order, 1)
    assert desk.quote(58_000.0, 58_000.1) == []
    desk.fill(order)
    assert desk.quote(57_000.0, 57_000.1) == []


def _code() -> str:
    """All that stands in code marks, inline or in blocks of Python."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*blocks, *inline])


def test_every_name_it_uses_can_be_imported():
    """`PositionEffect` could once not be, though the text tells to use it."""
    used = set(re.findall(r"(?<![\w.\"'])([A-Z][a-z]\w+)", re.sub(r"\"\"\".*?\"\"\"", "", _code())))
    own = {"BuyTheDip"}
    known = {*engine.strategy.__all__, *vars(builtins), *own}
    assert {"PositionEffect", "TimeInForce", "Decimal", "Strategy"} <= used
    assert used - known == set()
    assert [name for name in engine.strategy.__all__ if not hasattr(engine.strategy, name)] == []


def test_every_verb_and_callback_it_names_exists():
    """`self.…` is a verb or something known, and so is each word of the two lists; none is left out."""
    code = _code()
    offered = {name for name in dir(Strategy) if not name.startswith("_")} - {"Parameters"}
    declared = {"level", "quantity"}
    assert set(re.findall(r"self\.(\w+)", code)) - offered - declared == set()
    assert set(re.findall(r"\bon_(?!death)\w+", code)) <= offered
    assert offered - set(re.findall(r"\w+", code)) == set()
