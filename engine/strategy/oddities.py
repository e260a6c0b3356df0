"""What looks like a mistake in a strategy that has begun, but may be meant: told, never refused. Pure."""

from collections.abc import Collection

from engine.messages.market import Book, FundingRate, Quote, Ticker, Trade
from engine.strategy.base import Strategy
from engine.strategy.soundness import RESERVED

_VERBS = {
    "on_quote": (Quote, "subscribe_quotes"),
    "on_trade": (Trade, "subscribe_trades"),
    "on_book": (Book, "subscribe_book"),
    "on_ticker": (Ticker, "subscribe_ticker"),
    "on_funding_rate": (FundingRate, "subscribe_funding_rate"),
}
"""Callbacks for market data: the kind that calls them and the verb that asks for it."""


def oddities(strategy: Strategy, wanted: Collection[type], *, bars: bool) -> list[str]:
    """Sentences for the operator; none for a strategy that looks right.

    Args:
        strategy: after its `on_start`.
        wanted: kinds of market data it is subscribed to, whatever the instrument.
        bars: whether it asked for bars.
    """
    deaf = [
        f"{name} is not called: no {verb} yet"
        for name, (kind, verb) in _VERBS.items()
        if kind not in wanted and _fills_in(strategy, name)
    ]
    if not bars and _fills_in(strategy, "on_bar"):
        deaf.append("on_bar is not called: no subscribe_bars yet")
    hidden = sorted(vars(strategy).keys() & RESERVED)
    return deaf + [
        f"self.{name} was set and hides what every strategy has there" for name in hidden
    ]


def _fills_in(strategy: Strategy, name: str) -> bool:
    return name in vars(strategy) or getattr(type(strategy), name) is not getattr(Strategy, name)
