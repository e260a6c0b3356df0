"""Markets: where they belong, what their details say, and the engine's instruments made of that.

A market is listed when its exchange and contract are known (settings or REST), and defined when the venue
has told its details, which it does before its first data and in account snapshots. The trading state of
a market is part of the definition: it takes orders or it does not.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.prices import Pricing, pricing_of
from actors.venues.t4.proto import enums_pb2
from actors.venues.t4.settings import Settings
from actors.venues.t4.symbols import id_of
from engine.model.instrument import AssetClass, Instrument, QuantityUnit
from engine.session.contract import Define, Note
from engine.session.values import malformed

LISTED_MAX: Final = 5_000
"""Markets that are known at once; a contract has some dozens of outrights and some hundred spreads."""
LOT_MAX: Final = 100_000

TRADING_MODES: Final = frozenset(
    {
        enums_pb2.MARKET_MODE_PRE_OPEN,
        enums_pb2.MARKET_MODE_OPEN,
        enums_pb2.MARKET_MODE_RESTRICTED_OPEN,
        enums_pb2.MARKET_MODE_PRE_CROSS,
        enums_pb2.MARKET_MODE_CROSS,
    }
)
"""Modes in which a market takes orders, by their names (README, certainty I)."""

_ASSET_CLASSES: Final = {
    enums_pb2.CONTRACT_TYPE_OPTION: AssetClass.OPTION,
    enums_pb2.CONTRACT_TYPE_OPTION_CALL: AssetClass.OPTION,
    enums_pb2.CONTRACT_TYPE_OPTION_PUT: AssetClass.OPTION,
    enums_pb2.CONTRACT_TYPE_BINARY_OPTION: AssetClass.OPTION,
    enums_pb2.CONTRACT_TYPE_STOCK: AssetClass.EQUITY,
    enums_pb2.CONTRACT_TYPE_INDEX: AssetClass.INDEX,
    enums_pb2.CONTRACT_TYPE_FX_SPOT: AssetClass.FX,
}
"""All others are futures, or spreads of futures."""


@attrs.define
class MarketInfo:
    """One market.

    Attributes:
        market_id: the venue's name.
        exchange_id: where it belongs.
        contract_id: what it belongs to.
        told: whether its details came.
        pricing: how its prices are written; None before its details came or where they cannot be read.
        mode: its trading state, one of `MarketMode`.
        expiry_date: YYYYMMDD, 0 before its details came.
        legs: how many markets it is made of, 0 of an outright.
        instrument: the definition as told last.
    """

    market_id: str
    exchange_id: str
    contract_id: str
    told: bool = False
    pricing: Pricing | None = None
    mode: int = enums_pb2.MARKET_MODE_UNDEFINED
    expiry_date: int = 0
    lot: int = 1
    legs: int = 0
    disabled: bool = False
    asset_class: AssetClass = AssetClass.FUTURE
    instrument: Instrument | None = None

    @property
    def id(self) -> str:
        """The engine's name."""
        return id_of(self.market_id)

    @property
    def is_open(self) -> bool:
        """Whether its market trades now, so that its data has to flow."""
        return self.mode == enums_pb2.MARKET_MODE_OPEN


class Details:
    """The markets of one session.

    Args:
        settings: price format, currencies, fees, and markets that need not be asked for.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._markets: dict[str, MarketInfo] = {}
        for path in settings.markets:
            exchange_id, contract_id, market_id = path.split("/", 2)
            self.list_market(exchange_id, contract_id, market_id)

    def get(self, market_id: str) -> MarketInfo | None:
        """What is known of a market."""
        return self._markets.get(market_id)

    def all(self) -> Iterable[MarketInfo]:
        """Every market that is listed."""
        return self._markets.values()

    def list_market(self, exchange_id: str, contract_id: str, market_id: str) -> MarketInfo | None:
        """A market and where it belongs; None when there are too many already."""
        info = self._markets.get(market_id)
        if info is None and len(self._markets) < LISTED_MAX:
            info = self._markets[market_id] = MarketInfo(market_id, exchange_id, contract_id)
        return info

    def told(self, message: Any) -> list[object]:
        """A `MarketDetails`. Raises RemoteProtocolError for details that cannot be."""
        market_id = wire.identifier(message.market_id, "market_id")
        exchange_id = wire.identifier(message.exchange_id, "exchange_id")
        contract_id = wire.identifier(message.contract_id, "contract_id")
        if not 0 <= message.volume_increment <= LOT_MAX:
            malformed("volume_increment", f"from 0 to {LOT_MAX}")
        pricing = pricing_of(
            self._settings.price_format,
            decimals=message.decimals,
            real_decimals=message.real_decimals,
            clearing_decimals=message.clearing_decimals,
            increment=message.min_price_increment.value,
            point_value=message.point_value.value,
            price_code=message.price_code,
        )
        info = self.list_market(exchange_id, contract_id, market_id)
        if info is None:
            return []
        info.exchange_id, info.contract_id = exchange_id, contract_id
        info.told, info.pricing = True, pricing
        info.expiry_date = max(message.expiry_date, 0)
        info.lot = message.volume_increment or 1
        info.legs = len(message.legs)
        info.disabled = message.disabled
        info.asset_class = _ASSET_CLASSES.get(message.contract_type, AssetClass.FUTURE)
        if pricing is None:
            word = self._settings.price_format
            detail = (
                f"{market_id} is priced in {message.price_code[:40]!r}, which {word} cannot say"
            )
            return [
                Note("price_format_unusable", f'{detail}; set price_format = "real"', alert=True)
            ]
        notes: list[object] = []
        if message.vtt:
            detail = f"{market_id} has a variable tick; the smallest one is taken"
            notes.append(Note("variable_tick", detail))
        return notes + self._defined(info)

    def mode_told(self, info: MarketInfo, mode: int) -> list[object]:
        """The trading state of a market; 0 (undefined) says nothing."""
        if mode in (info.mode, enums_pb2.MARKET_MODE_UNDEFINED):
            return []
        info.mode = mode
        return self._defined(info)

    def _defined(self, info: MarketInfo) -> list[object]:
        if info.pricing is None:
            return []
        made = self._made(info, info.pricing)
        if made == info.instrument:
            return []
        info.instrument = made
        return [Define(made)]

    def _made(self, info: MarketInfo, pricing: Pricing) -> Instrument:
        lot = Decimal(info.lot)
        return Instrument(
            id=info.id,
            asset_class=info.asset_class,
            currency=self._settings.currency_of(info.exchange_id, info.contract_id),
            base=info.contract_id,
            quantity_unit=QuantityUnit.CONTRACTS,
            price_increment=pricing.tick,
            quantity_increment=lot,
            multiplier=pricing.multiplier,
            min_quantity=lot,
            maker_fee_rate=self._settings.fee_rate,
            taker_fee_rate=self._settings.fee_rate,
            tradeable=not info.disabled and info.mode in TRADING_MODES,
        )
