"""Create UDS: a spread market of legs that the user defines.

The engine has no word for making a market, so this is a function of the protocol (see the README). What
the venue makes is found under `MarketRef`; its market then has to be looked up like any other.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.t4.orderbodies import CannotSay
from actors.venues.t4.proto import enums_pb2, orderrouting_pb2, price_pb2
from actors.venues.t4.wire import is_identifier
from engine.model.enums import Side
from engine.session.contract import Note
from engine.session.values import shorten

LEGS_MAX: Final = 40
"""Legs of one spread; the widest of exchanges."""
REQUESTS_MAX: Final = 16
"""Requests whose answer is awaited."""


@attrs.frozen(kw_only=True)
class Leg:
    """A leg: `volume` contracts of a market for one of the spread; `price` and `delta` for covered ones."""

    exchange_id: str
    contract_id: str
    market_id: str
    side: Side
    volume: int = 1
    price: Decimal | None = None
    delta: Decimal | None = None


def spread_message(
    request_id: str, account_id: str, legs: Sequence[Leg], strategy_type: int
) -> orderrouting_pb2.CreateUDS:
    """The request.

    Raises:
        CannotSay: legs or a strategy type that cannot be.
    """
    if not 2 <= len(legs) <= LEGS_MAX:
        raise CannotSay("local", f"a spread has 2 to {LEGS_MAX} legs, not {len(legs)}")
    if strategy_type not in enums_pb2.StrategyType.values():
        raise CannotSay("local", f"{strategy_type} is no strategy type")
    message = orderrouting_pb2.CreateUDS(
        request_id=request_id,
        account_id=account_id,
        strategy_type=strategy_type,  # type: ignore[arg-type]  # enums travel as their numbers
    )
    for leg in legs:
        named = (leg.exchange_id, leg.contract_id, leg.market_id)
        if leg.volume <= 0 or not all(map(is_identifier, named)):
            raise CannotSay("local", "a leg needs exchange, contract, market and a volume")
        part = message.legs.add(
            exchange_id=leg.exchange_id,
            contract_id=leg.contract_id,
            market_id=leg.market_id,
            buy_sell=enums_pb2.BUY_SELL_BUY if leg.side is Side.BUY else enums_pb2.BUY_SELL_SELL,
            volume=leg.volume,
        )
        if leg.price is not None:
            part.price.CopyFrom(price_pb2.Price(value=format(leg.price, "f")))
        if leg.delta is not None:
            part.delta.CopyFrom(price_pb2.Decimal(value=format(leg.delta, "f")))
    return message


@attrs.frozen
class Spread:
    """What became of a request: the venue's reference of the market, empty where there is none."""

    request_id: str
    market_ref: str
    existed: bool
    detail: str


def spread_in(response: Any) -> Spread:
    """`CreateUDSResponse`; a success that names no market is none."""
    existed = response.uds_status == enums_pb2.UDS_STATUS_ALREADY_EXISTS
    made = existed or response.uds_status == enums_pb2.UDS_STATUS_Success
    return Spread(
        request_id=response.request_id,
        market_ref=shorten(response.MarketRef) if made else "",
        existed=existed,
        detail=shorten(response.status_detail),
    )


def told(spread: Spread) -> Note:
    """For the operator."""
    if not spread.market_ref:
        return Note("spread_not_created", spread.detail or "no reason", alert=True)
    event = "spread_exists" if spread.existed else "spread_created"
    return Note(event, spread.market_ref)
