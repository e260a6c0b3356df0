"""Everything a strategy may import: `from engine.strategy import Strategy, parameter, Quote, …`."""

from decimal import Decimal

from engine.messages.market import Bar, Book, FundingRate, Quote, Ticker, Trade
from engine.model.enums import (
    Certainty,
    Lifecycle,
    Liquidity,
    OrdType,
    Pending,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.model.instrument import Instrument
from engine.strategy.base import Strategy
from engine.strategy.order import FillEvent, Order, Position
from engine.strategy.parameters import parameter

__all__ = [
    "Bar",
    "Book",
    "Certainty",
    "Decimal",
    "FillEvent",
    "FundingRate",
    "Instrument",
    "Lifecycle",
    "Liquidity",
    "OrdType",
    "Order",
    "Pending",
    "Position",
    "Quote",
    "Side",
    "Strategy",
    "Ticker",
    "TimeInForce",
    "Trade",
    "VenueStateWord",
    "parameter",
]
