"""The lot of an instrument follows from the board lot, and from whether odd lots are to be sent."""

from decimal import Decimal

import pytest

from actors.venues.longbridge.details import Details
from actors.venues.longbridge.proto import quote_pb2
from tests.kit.longbridge_trade import settings


@pytest.mark.parametrize(
    ("odd_lots", "symbol", "lot"),
    [("refuse", "700.HK", 100), ("odd", "700.HK", 1), ("odd", "600519.SH", 100)],
)
def test_the_router_lets_odd_lots_pass_only_where_they_are_sent(
    odd_lots: str, symbol: str, lot: int
):
    """In Hong Kong; elsewhere a lot is a lot."""
    details = Details(settings(odd_lots=odd_lots))
    details.need([symbol])
    static = quote_pb2.StaticInfo(symbol=symbol, currency="HKD", lot_size=100, board="HKEquity")
    details.static_told([symbol], [static])
    details.quotes_told([symbol], [quote_pb2.SecurityQuote(symbol=symbol, last_done="320.6")])
    instrument = details.changed(symbol)
    assert instrument is not None
    assert instrument.quantity_increment == instrument.min_quantity == Decimal(lot)
