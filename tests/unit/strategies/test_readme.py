"""What strategies/README.md says is so: its first strategy works, its names are there."""

import builtins
import re
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest

import engine.strategy
import strategies
from actors.venues.wooxpro.instruments import BY_SYMBOL
from actors.venues.wooxpro.simulator.market import Market
from actors.venues.wooxpro.simulator.settings import SimulatorSettings
from actors.venues.wooxpro.simulator.symbols import exchange_instrument
from engine.exchange.events import BookTop
from engine.exchange.exchange import Exchange
from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, Side
from engine.settings.converter import structure
from engine.simulator.moment import Moment
from engine.strategy import Strategy
from engine.strategy.loading import load_class, load_parameters
from tests.kit.desk import NS, Desk

README = Path(strategies.__file__).parent / "README.md"


@pytest.fixture
def configured() -> dict[str, Any]:
    """The README's configuration."""
    text = README.read_text(encoding="utf-8")
    return tomllib.loads(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1])


@pytest.fixture
def desk(tmp_path: Path, configured: dict[str, Any]) -> Desk:
    """The README's class, in the file that it names, configured as it says."""
    text = README.read_text(encoding="utf-8")
    (section,) = configured["strategies"]
    module = section["class"].removeprefix("strategies.").partition(":")[0]
    assert f"`strategies/{module}.py`" in text
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
    cls = load_class(section["class"], tmp_path)
    given = load_parameters(cls, section["parameters"])
    return Desk(cls, **attrs.asdict(given))


def test_it_buys_below_its_level(desk: Desk):
    """At market, the configured quantity; not before."""
    level = desk.host.strategy.level
    assert desk.quote(level - 0.1, level) == []
    (order,) = desk.quote(level - 2, level - 0.1)

    assert isinstance(order, SubmitIntent)
    assert (order.side, order.ord_type, order.quantity) == (Side.BUY, OrdType.MARKET, 2)


def test_it_buys_on_the_market_of_its_configuration(desk: Desk, configured: dict[str, Any]):
    """Within half a minute, and not at once: it once waited for a price that never came."""
    settings = structure(configured["venues"]["wooxpro"]["simulator"], SimulatorSettings)
    market = Market(settings, [BY_SYMBOL["BTCUSDT"]])
    listed = exchange_instrument(BY_SYMBOL["BTCUSDT"])
    exchange = Exchange([listed])
    market.start(Moment(mono_ns=0, wall_ns=0))
    while (at_ns := market.next_deadline_ns()) <= 30 * NS:
        for event in market.advance(Moment(mono_ns=at_ns, wall_ns=at_ns)):
            tops = [one for one in exchange.market(event, at_ns) if isinstance(one, BookTop)]
            for top in tops:
                bid, ask = (float(listed.price(t)) for t in (top.bid_ticks, top.ask_ticks))
                if desk.quote(bid, ask):
                    assert at_ns > 3 * NS
                    return
    pytest.fail(f"the offer never fell below {desk.host.strategy.level}, it is {ask} now")


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
