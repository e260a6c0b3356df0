"""A strategy that has begun and looks wrong says so, and one that looks right says nothing."""

import pytest

from engine.strategy import Strategy
from engine.strategy.host import StrategyHost
from tests.kit.market import BTC, definition


class Deaf(Strategy):
    """Fills in callbacks for all kinds of data and subscribes to what the test says."""

    def on_start(self) -> None:
        for subscribe in self.wants:
            getattr(self, subscribe)(BTC, *((60,) if subscribe == "subscribe_bars" else ()))

    def on_quote(self, quote) -> None: ...
    def on_trade(self, trade) -> None: ...
    def on_book(self, book) -> None: ...
    def on_bar(self, bar) -> None: ...
    def on_ticker(self, ticker) -> None: ...
    def on_funding_rate(self, funding) -> None: ...


KINDS = {
    "on_quote": "subscribe_quotes",
    "on_trade": "subscribe_trades",
    "on_book": "subscribe_book",
    "on_bar": "subscribe_bars",
    "on_ticker": "subscribe_ticker",
    "on_funding_rate": "subscribe_funding_rate",
}


def started(cls: type[Strategy], *wants: str) -> StrategyHost:
    host = StrategyHost("s", 7, (BTC,))
    host.create(cls, cls.Parameters())
    host.strategy.wants = wants
    host.handle(definition(), 1, 1)
    host.start(1, 1)
    return host


def test_a_callback_that_nothing_calls_is_named_with_the_verb():
    """All kinds of market data, until they are subscribed to."""
    assert sorted(started(Deaf).oddities()) == sorted(
        f"{callback} is not called: no {verb} yet" for callback, verb in KINDS.items()
    )
    assert started(Deaf, *KINDS.values()).oddities() == []


@pytest.mark.parametrize(("callback", "verb"), KINDS.items())
def test_each_subscription_counts_for_its_own_callback(callback: str, verb: str):
    """Bars are made of quotes, which then come to `on_quote` as well."""
    quiet = {"on_bar", "on_quote"} if callback == "on_bar" else {callback}
    named = {text.partition(" ")[0] for text in started(Deaf, verb).oddities()}
    assert named == KINDS.keys() - quiet


def test_a_strategy_that_needs_no_data_is_not_odd():
    """Callbacks that it does not fill in need no subscription."""

    class Silent(Strategy):
        def on_order(self, order) -> None: ...

    assert started(Silent).oddities() == []


def test_an_attribute_that_hides_a_verb_is_named():
    """`self.orders = []` in a callback takes the verb away without a word."""
    host = started(Deaf, *KINDS.values())
    host.strategy.orders = []
    host.strategy.on_tick = None
    assert host.oddities() == ["self.orders was set and hides what every strategy has there"]
