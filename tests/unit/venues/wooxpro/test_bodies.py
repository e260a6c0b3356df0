"""`bodies`: what is written, and what is never written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.wooxpro.account import BUY_CLOSE, BUY_OPEN, Terms
from actors.venues.wooxpro.bodies import (
    CONTRACTS_MAX,
    cancel_body,
    contracts,
    modify_body,
    submit_body,
)
from engine.errors import LocalProtocolError
from engine.model.enums import OrdType, TimeInForce
from tests.kit.wooxpro import cancel, replace, submit

TERMS = Terms("10", "cross")


@pytest.mark.parametrize(
    ("changes", "mode"),
    [
        ({}, 1),
        ({"time_in_force": TimeInForce.FOK}, 2),
        ({"time_in_force": TimeInForce.IOC}, 3),
        ({"post_only": True}, 4),
    ],
)
def test_times_in_force_are_the_venues_modes(changes: dict[str, object], mode: int):
    """Section 7.2."""
    assert submit_body(submit(**changes), "BTCUSDT", BUY_OPEN, TERMS)["mode"] == mode


def test_a_price_is_plain_text_and_a_size_a_number():
    """1E-8 never reaches the venue; sizes are integers."""
    body = submit_body(submit(price=Decimal("1E-8")), "BTCUSDT", BUY_OPEN, TERMS)
    assert body["price"] == "0.00000001"
    assert body["size"] == 3


def test_closing_orders_carry_no_leverage():
    """Terms go with opening orders only."""
    assert "leverage" not in submit_body(submit(), "BTCUSDT", BUY_CLOSE, TERMS)


@pytest.mark.parametrize(
    "changes",
    [
        {"ord_type": OrdType.STOP},
        {"time_in_force": TimeInForce.DAY},
        {"post_only": True, "time_in_force": TimeInForce.IOC},
        {"price": None},
        {"price": Decimal(0)},
        {"price": Decimal("NaN")},
        {"price": Decimal("Infinity")},
        {"quantity": Decimal("0.5")},
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("NaN")},
        {"client_order_id": ""},
        {"client_order_id": "x" * 33},
        {"client_order_id": "a-b"},
        {"client_order_id": "ä"},
    ],
)
def test_what_the_venue_does_not_know_is_not_written(changes: dict[str, object]):
    """It is refused here, before a byte leaves."""
    with pytest.raises(LocalProtocolError):
        submit_body(submit(**changes), "BTCUSDT", BUY_OPEN, TERMS)


def test_market_orders_have_neither_price_nor_mode():
    """Whatever the command says of them."""
    body = submit_body(submit(ord_type=OrdType.MARKET), "BTCUSDT", BUY_OPEN, TERMS)
    assert "price" not in body
    assert "mode" not in body


@given(st.text(max_size=40), st.sampled_from(["", "31"]), st.sampled_from(["", "BTCUSDT"]))
def test_a_cancel_always_names_its_order(client_order_id: str, venue_order_id: str, symbol: str):
    """Without an id the venue would cancel everything on the symbol."""
    command = cancel(client_order_id=client_order_id, venue_order_id=venue_order_id)
    try:
        body = cancel_body(command, symbol)
    except LocalProtocolError:
        return
    assert body["symbol"]
    assert body.get("order_id") or body.get("client_order_id")


def test_a_change_names_its_order_and_its_new_size():
    """A price that stays is not sent."""
    assert modify_body(replace(venue_order_id="31", price=None), "BTCUSDT") == {
        "symbol": "BTCUSDT",
        "order_id": "31",
        "size": 3,
    }
    with pytest.raises(LocalProtocolError):
        modify_body(replace(client_order_id=""), "BTCUSDT")


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_contracts_are_whole_and_positive(quantity: Decimal):
    """Any other number raises, none is rounded."""
    try:
        assert contracts(quantity) == quantity
    except LocalProtocolError:
        assert not quantity.is_finite() or not 0 < quantity <= CONTRACTS_MAX or quantity % 1
