"""Order bodies: what the engine's orders are to the venue, and what is refused before anything is sent."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.capabilities import CAPABILITIES
from actors.venues.longbridge.orderbodies import CannotSay, Terms, replace_body, submit_body
from actors.venues.longbridge.records import Seen, seen_in_row
from actors.venues.longbridge.statuses import Status
from engine.model.enums import OrdType, Side, TimeInForce
from tests.kit.longbridge_trade import APPLE, TENCENT, order_row, replace, settings, submit

HK = Terms(lot=Decimal(100), bands=settings().ticks.hk)
US = Terms(lot=Decimal(1), bands=settings().ticks.us)


def body(terms: Terms = HK, *, chosen: dict[str, Any] | None = None, **changes: Any) -> Any:
    return submit_body(submit(**changes), settings(**(chosen or {})), terms)


def us(**changes: Any) -> dict[str, Any]:
    return {"instrument": APPLE, "price": Decimal("180.25"), "quantity": Decimal(7), **changes}


def seen(**changes: Any) -> Seen:
    return seen_in_row(order_row(**changes))


def test_a_limit_order_is_the_sheet_s():
    """Member for member in the order of the venue's own client, numbers as text."""
    assert body(client_order_id="fill") == {
        "symbol": "700.HK",
        "order_type": "LO",
        "side": "Buy",
        "submitted_quantity": "200",
        "time_in_force": "Day",
        "submitted_price": "320.6",
        "remark": "fill",
    }


ORDERS = [
    (us(), {"order_type": "LO", "submitted_price": "180.25", "outside_rth": "RTH_ONLY"}),
    (us(side=Side.SELL, time_in_force=TimeInForce.GTC), {"side": "Sell", "time_in_force": "GTC"}),
    (
        us(ord_type=OrdType.MARKET, price=None, time_in_force=TimeInForce.GTC),
        {"order_type": "MO", "time_in_force": "Day"},
    ),
    (
        us(ord_type=OrdType.STOP, price=None, stop_price=Decimal(170)),
        {"order_type": "MIT", "trigger_price": "170"},
    ),
    (
        us(ord_type=OrdType.STOP_LIMIT, stop_price=Decimal("170.50")),
        {"order_type": "LIT", "trigger_price": "170.5", "submitted_price": "180.25"},
    ),
]


@pytest.mark.parametrize(("changes", "expected"), ORDERS)
def test_every_type_of_the_engine_has_its_word(changes: dict[str, Any], expected: dict[str, str]):
    """And only the members that the type needs."""
    made = body(US, **changes)
    assert {key: made[key] for key in expected} == expected
    priced = changes.get("ord_type", OrdType.LIMIT) in (OrdType.LIMIT, OrdType.STOP_LIMIT)
    assert ("submitted_price" in made) is priced
    assert ("trigger_price" in made) is (made["order_type"] in ("MIT", "LIT"))


def test_the_types_are_those_that_are_declared():
    """Whatever is declared can be written (PT-25)."""
    for ord_type in CAPABILITIES.ord_types:
        for time in CAPABILITIES.times_in_force:
            assert body(US, **us(ord_type=ord_type, time_in_force=time, stop_price=Decimal(170)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"time_in_force": TimeInForce.IOC}, "unsupported"),
        ({"time_in_force": TimeInForce.FOK}, "unsupported"),
        ({"post_only": True}, "unsupported"),
        ({"reduce_only": True}, "unsupported"),
        ({"instrument": "600519.SH.LONGBRIDGE"}, "unsupported"),
        ({"instrument": "D05.SG.LONGBRIDGE"}, "unsupported"),
        ({"instrument": "BTCUSDT.WOOXPRO"}, "local"),
        ({"instrument": "nonsense.LONGBRIDGE"}, "local"),
        ({"quantity": Decimal(150)}, "lot_size"),
        ({"quantity": Decimal(50)}, "lot_size"),
        ({"quantity": Decimal("100.5")}, "quantity"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"quantity": Decimal(10) ** 13}, "quantity"),
        ({"price": Decimal("320.7")}, "price_tick"),
        ({"price": Decimal("320.61")}, "price_tick"),
        ({"price": None}, "local"),
        ({"price": Decimal(-1)}, "local"),
        ({"price": Decimal("Infinity")}, "local"),
        ({"ord_type": OrdType.STOP, "stop_price": None}, "local"),
        ({"ord_type": OrdType.STOP, "stop_price": Decimal("300.1")}, "price_tick"),
        ({"client_order_id": "with blank"}, "local"),
        ({"client_order_id": "x" * 65}, "local"),
        ({"client_order_id": ""}, "local"),
    ],
)
def test_what_cannot_be_said_is_refused_here(changes: dict[str, Any], code: str):
    """With a code that says which rule it was."""
    with pytest.raises(CannotSay) as refused:
        body(**changes)
    assert refused.value.code == code


def test_odd_lots_go_to_their_own_market_only_if_the_user_wants_it():
    """Below a lot, limit orders, Hong Kong; never rounded, never split."""
    odd = {"odd_lots": "odd"}
    assert body(chosen=odd, quantity=Decimal(50))["order_type"] == "ODD"
    assert body(chosen=odd, quantity=Decimal(200))["order_type"] == "LO"
    for changes in (
        {"quantity": Decimal(150)},
        {"quantity": Decimal(50), "ord_type": OrdType.MARKET},
        {"quantity": Decimal(50), "ord_type": OrdType.STOP_LIMIT, "stop_price": Decimal(320)},
    ):
        with pytest.raises(CannotSay, match="lot"):
            body(chosen=odd, **changes)


def test_without_a_known_lot_the_lot_is_not_judged_here():
    """The router has judged it by the instrument's definition."""
    unknown = attrs.evolve(HK, lot=None)
    assert body(unknown, quantity=Decimal(150))["submitted_quantity"] == "150"


@pytest.mark.parametrize("word", ["LO", "ELO"])
def test_limit_orders_in_hong_kong_are_what_the_setting_says(word: str):
    """In the US there is one kind."""
    chosen = {"hk_limit_order_type": word}
    assert body(chosen=chosen)["order_type"] == word
    assert body(US, chosen=chosen, **us())["order_type"] == "LO"


def test_trading_outside_regular_hours_is_for_priced_us_orders():
    """Market orders keep to the regular session; Hong Kong has none beside it."""
    chosen = {"outside_rth": "ANY_TIME"}
    assert body(US, chosen=chosen, **us())["outside_rth"] == "ANY_TIME"
    market = us(ord_type=OrdType.MARKET, price=None)
    assert body(US, chosen=chosen, **market)["outside_rth"] == "RTH_ONLY"
    assert "outside_rth" not in body(chosen=chosen)


def test_a_paper_account_is_not_asked_for_what_it_refuses():
    """The day only, and the regular session only (section 9)."""
    chosen = {"paper_account": True, "outside_rth": "OVERNIGHT"}
    assert body(US, chosen=chosen, **us())["outside_rth"] == "RTH_ONLY"
    with pytest.raises(CannotSay, match="paper"):
        body(US, chosen=chosen, **us(time_in_force=TimeInForce.GTC))
    market = us(ord_type=OrdType.MARKET, price=None, time_in_force=TimeInForce.GTC)
    assert body(US, chosen=chosen, **market)["time_in_force"] == "Day"


@given(st.decimals(min_value="0.01", max_value="6000", places=3))
def test_a_price_is_written_exactly_or_refused(price: Decimal):
    """What the tick table takes comes back as the same number; nothing is rounded."""
    try:
        made = body(price=price)
    except CannotSay as error:
        assert error.code == "price_tick"  # noqa: PT017 - either outcome is right
    else:
        assert Decimal(str(made["submitted_price"])) == price
        assert "E" not in str(made["submitted_price"])


# --- changes -----------------------------------------------------------------------------------


def test_a_change_says_total_quantity_price_and_remark():
    """The trigger of a conditional order is said again as it is."""
    assert replace_body(replace(), "701", None, HK) == {
        "order_id": "701",
        "quantity": "300",
        "price": "320",
        "remark": "p1",
    }
    conditional = seen(order_type="LIT", trigger_price="310.0")
    assert replace_body(replace(), "701", conditional, HK)["trigger_price"] == "310"
    assert "price" not in replace_body(replace(price=None), "701", None, HK)


@pytest.mark.parametrize("status", Status)
def test_only_new_and_partly_filled_orders_are_changed(status: Status):
    """A change that was done counts as new (inferred)."""
    changeable = status in (Status.NEW, Status.PARTIAL_FILLED, Status.REPLACED)
    order = seen(status=str(status))
    if changeable:
        assert replace_body(replace(), "701", order, HK)
    else:
        with pytest.raises(CannotSay) as refused:
            replace_body(replace(), "701", order, HK)
        assert refused.value.code == "not_replaceable"


@pytest.mark.parametrize(
    ("changes", "order", "code"),
    [
        ({"quantity": Decimal(150)}, {}, "lot_size"),
        ({"price": Decimal("320.7")}, {}, "price_tick"),
        ({"quantity": Decimal(0)}, {}, "quantity"),
        ({"instrument": TENCENT.replace("HK", "XX")}, {}, "local"),
        ({}, {"order_type": "SLO"}, "not_replaceable"),
        ({"quantity": Decimal(100)}, {"order_type": "ODD", "quantity": "50"}, "lot_size"),
    ],
)
def test_an_impossible_change_is_refused_here(
    changes: dict[str, Any], order: dict[str, Any], code: str
):
    """As an impossible order is."""
    with pytest.raises(CannotSay) as refused:
        replace_body(replace(**changes), "701", seen(**order), HK)
    assert refused.value.code == code
