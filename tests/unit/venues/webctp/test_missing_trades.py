"""Trades that the venue counts and has not told: what must not be concluded before they have come."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import actors.venues.webctp
from actors.venues.webctp import VENUE
from actors.venues.webctp.legs import Closable, LegPlan, Offset
from actors.venues.webctp.orderscontracts import Contracts
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.ordersrows import OrderKey, OrderRow, PriceType, Status, TradeRow
from actors.venues.webctp.positions import PositionBook
from actors.venues.webctp.positionsproof import Proof
from actors.venues.webctp.products import Products
from actors.venues.webctp.seed import load
from engine.conformance.transcripts import Player
from engine.messages.venue import OrderUpdate
from engine.model.enums import Side
from engine.session.contract import Drop, Now
from tests.kit.webctp_rows import frame, order_info
from tests.kit.webctp_trading import submit

NAME, REF = "10000100001", "100001000010"
KEY = OrderKey("SHFE", f"{1:12d}")
READY = Path(actors.venues.webctp.__file__).parent / "transcripts" / "trade_ready.txt"


def at(seconds: float) -> Now:
    """A moment after the transcript's end."""
    return Now(20_000_000_000 + int(seconds * 1e9), 1_609_725_020_000_000_000 + int(seconds * 1e9))


def sold_to_close(status: Status, traded: int) -> OrderRow:
    """Five of yesterday's lots on their way out."""
    return OrderRow(
        key=KEY,
        ref=REF,
        order_sys_id=f"{1:12d}",
        symbol="rb2101",
        side=Side.SELL,
        offset=Offset.CLOSE_YESTERDAY,
        price_type=PriceType.LIMITED,
        immediate=False,
        status=status,
        rejected=False,
        traded=traded,
        remaining=5 - traded,
        status_text="",
        time_text="",
    )


def trade(quantity: int) -> TradeRow:
    """A trade of that order."""
    return TradeRow(
        key=KEY,
        ref=REF,
        order_sys_id="",
        trade_id="1",
        side=Side.SELL,
        offset=Offset.CLOSE_YESTERDAY,
        quantity=quantity,
    )


@pytest.mark.parametrize(
    ("status", "traded"),
    [(Status.PART_TRADED_QUEUEING, 3), (Status.ALL_TRADED, 5), (Status.CANCELED, 5)],
)
def test_lots_that_have_traded_are_not_closed_again_before_their_trades_come(status, traded):
    """The push comes first and the book follows the trade: between them the lots are claimed."""
    day = DayOrders(PositionBook())
    day.begin_day("20301202")
    order = day.begin(submit(NAME, side=Side.SELL, quantity=Decimal(5)), "rb2101", "SHFE")
    day.plan(order, (LegPlan(Offset.CLOSE_YESTERDAY, 5),))
    day.shown(sold_to_close(status, traded), at(1))
    assert day.frozen("rb2101", Side.SELL, separate=True) == Closable(0, 5)
    assert bool(day.working()) is (status is Status.PART_TRADED_QUEUEING)
    assert day.frozen("rb2101", Side.SELL, separate=True) == Closable(0, 5)
    day.traded(trade(traded), at(2))
    assert day.frozen("rb2101", Side.SELL, separate=True) == Closable(0, 5 - traded)


@pytest.mark.parametrize("missing", ["trade", "order", ""])
def test_a_day_whose_trades_did_not_all_come_vouches_for_no_other(missing):
    """What it leaves is not what is held; with all trades it is."""
    day = DayOrders(PositionBook())
    proof = Proof(day, Contracts(Products({})), load("flat"), ("9999", "100001"), 3.0)
    proof.begin_day("20301202", seen=True)
    assert day.proven
    opened = {"offset": Offset.OPEN}
    if missing != "order":
        day.shown(order_row(Status.ALL_TRADED), at(1))
    if missing != "trade":
        day.traded(TradeRow(**{**fields(trade(5)), **opened}), at(2))
    left = proof.begin_day("20301203", seen=True)
    assert day.proven is (not missing)
    assert bool(left) is (not missing)


def order_row(status: Status) -> OrderRow:
    """Five lots sold short."""
    return OrderRow(**{**fields(sold_to_close(status, 5)), "offset": Offset.OPEN})


def fields(row: Any) -> dict[str, Any]:
    """Of a row, to be changed."""
    return {name: getattr(row, name) for name in type(row).__slots__ if name != "__weakref__"}


def test_missing_trades_are_waited_for_until_the_day_has_been_replayed():
    """The session logs in anew for them: while it does, an order that traded is not told cancelled."""
    player = Player(VENUE)
    player.play(READY)
    session: Any = player.protocol
    session.submit(
        submit(NAME, instrument="rb2105.WEBCTP", price=Decimal(4400), quantity=Decimal(5)), at(0)
    )
    session.received(frame(0, {"req_id": 9, "msg": ""}, {"code": 0}), at(0))
    session.received(frame(15, order_info(order_status=0, volume_traded=5, volume_total=0)), at(1))
    dropped = [each for each in session.due(at(7)) if isinstance(each, Drop)]
    assert len(dropped) == 1
    effects = [*session.lost("dropped", at(7)), *session.due(at(13)), *session.due(at(30))]
    assert not [each for each in effects if isinstance(each, OrderUpdate)]
