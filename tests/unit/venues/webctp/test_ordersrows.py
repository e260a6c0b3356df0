"""Rows of orders and trades: strict, but for the garbage that the gateway is known to send."""

import pytest

from actors.venues.webctp.legs import Offset
from actors.venues.webctp.ordersrows import (
    OrderRow,
    Status,
    TradeRow,
    Unreadable,
    order_row,
    trade_row,
)
from engine.errors import RemoteProtocolError
from engine.model.enums import Side
from tests.kit.webctp_rows import order_info, trade_info


def test_ids_are_kept_with_their_blanks():
    """A cancel has to repeat them so."""
    row = order_row(order_info())
    assert isinstance(row, OrderRow)
    assert (row.key.order_local_id, row.order_sys_id) == ("           1", "      100128")
    assert (row.side, row.offset, row.quantity, row.memo) == (Side.BUY, Offset.OPEN, 5, None)


@pytest.mark.parametrize(
    ("status", "submitted", "rejected"), [(5, 4, True), (5, 3, False), (3, 4, False)]
)
def test_canceled_with_a_rejected_submit_is_a_refusal(status, submitted, rejected):
    """The submit status is used for nothing else."""
    row = order_row(order_info(order_status=status, order_submit_status=submitted))
    assert isinstance(row, OrderRow)
    assert row.rejected is rejected


@pytest.mark.parametrize("status", Status)
def test_four_statuses_are_final(status):
    """All traded, not queueing any more, canceled."""
    assert status.ended is (status in (0, 2, 4, 5))


@pytest.mark.parametrize("field", ["direction", "offset", "order_status"])
def test_garbage_in_an_enum_is_unreadable_and_no_error(field):
    """Code 3 says that it comes; the session lives on."""
    row = order_row(order_info(**{field: 32767}))
    assert isinstance(row, Unreadable)
    assert field in row.what


@pytest.mark.parametrize("field", ["price_type", "time_condition", "hedge"])
def test_garbage_that_nothing_depends_on_is_passed_over(field):
    """What kind of order another terminal sent is its own affair."""
    assert isinstance(order_row(order_info(**{field: -49})), OrderRow)


@pytest.mark.parametrize("field", ["direction", "offset"])
def test_a_trade_of_unknown_side_is_unreadable(field):
    """It would change positions nobody knows how."""
    assert isinstance(trade_row(trade_info(**{field: 9})), Unreadable)
    assert isinstance(trade_row(trade_info(hedge=9)), TradeRow)


@pytest.mark.parametrize(
    "changes",
    [{"volume": 0}, {"volume": -1}, {"volume": 1.5}, {"trade_id": "  "}, {"exchange_id": ""}],
)
def test_a_trade_without_lots_or_names_is_refused(changes):
    """Nothing may be counted that cannot be told from another."""
    with pytest.raises(RemoteProtocolError):
        trade_row(trade_info(**changes))


@pytest.mark.parametrize(
    "changes", [{"volume_total": -1}, {"order_status": "3"}, {"order_sys_id": 7}, {"offset": None}]
)
def test_an_order_of_other_types_is_refused(changes):
    """The connection is given up: what else would be wrong?"""
    with pytest.raises(RemoteProtocolError):
        order_row(order_info(**changes))
