"""Everything a strategy may import: `from engine.strategy import Strategy, parameter, Quote, …`."""

from decimal import Decimal

from engine.messages.market import Bar, Book, FundingRate, Quote, Ticker, Trade
from engine.model.enums import (
    Certainty,
    Lifecycle,
    Liquidity,
    OrdType,
    Pending,
    PositionEffect,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.model.instrument import AssetClass, Instrument, QuantityUnit
from engine.strategy.base import Strategy
from engine.strategy.order import FillEvent, Order, Position
from engine.strategy.parameters import parameter
from engine.strategy.request import Bracket

__all__ = [
    "AssetClass",
    "Bar",
    "Book",
    "Bracket",
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
    "PositionEffect",
    "QuantityUnit",
    "Quote",
    "Side",
    "Strategy",
    "Ticker",
    "TimeInForce",
    "Trade",
    "VenueStateWord",
    "parameter",
]
