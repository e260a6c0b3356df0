"""Order commands as they are written: golden bytes, every type and time, and what is never sent."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from actors.venues.t4 import wire
from actors.venues.t4.capabilities import CAPABILITIES
from actors.venues.t4.orderbodies import (
    PRICE_TYPES,
    CannotSay,
    Terms,
    market_in,
    order_part,
    pull_message,
    revise_message,
    submit_message,
)
from actors.venues.t4.orderlinks import BRACKET, OCO, linked_message
from actors.venues.t4.orders import Orders
from actors.venues.t4.prices import Pricing
from actors.venues.t4.private import UNTOLD
from actors.venues.t4.proto import enums_pb2 as e
from actors.venues.t4.proto import orderrouting_pb2
from engine.messages.venue import SubmitOrder
from engine.model.enums import Contingency, OrdType, Side, TimeInForce
from tests.kit.t4_trade import ACCOUNT, MARKET, accepted_image, image, price, replace, submit

REAL = Pricing(digits=2, real_digits=2, tick=Decimal("0.25"), multiplier=Decimal(50))
DIGITS = Pricing(digits=0, real_digits=2, tick=Decimal("0.25"), multiplier=Decimal(50))
TERMS = Terms(pricing=REAL, tick=REAL.tick)


def written(command: SubmitOrder, terms: Terms = TERMS) -> Any:
    return order_part(command, terms)


def known(**changes: Any) -> Any:
    return Orders().shown(accepted_image(**changes), 0).order


# --- golden bytes of the fact sheet (section 2) ----------------------------------------------------


def test_golden_submit():
    """The sheet's vector but for its manual indicator, which is ours to say."""
    part = orderrouting_pb2.OrderSubmit.Order(
        buy_sell=e.BUY_SELL_SELL,
        price_type=e.PRICE_TYPE_LIMIT,
        volume=1,
        limit_price=price("600000"),
    )
    message = submit_message("A", "M", [part])
    assert not message.manual_order_indicator
    message.manual_order_indicator = True
    expected = "e212231201411a014d2801321908ffffffffffffffffff01100120013a080a06363030303030"
    assert wire.encode("order_submit", message).hex() == expected


def test_golden_pull():
    message = pull_message("A", "M", ["U"])
    assert wire.encode("order_pull", message).hex() == "f2120b1201411a014d2a030a0155"


# --- new orders ------------------------------------------------------------------------------------


def test_a_limit_order():
    part = written(submit(price=Decimal("4800.50")))
    assert (part.buy_sell, part.price_type, part.time_type) == (
        e.BUY_SELL_BUY,
        e.PRICE_TYPE_LIMIT,
        e.TIME_TYPE_NORMAL,
    )
    assert (part.volume, part.tag, part.limit_price.value) == (2, "p1", "4800.5")
    assert not part.HasField("stop_price")
    assert not part.HasField("activation_type")


@pytest.mark.parametrize(
    ("ord_type", "prices", "price_type", "fields"),
    [
        (OrdType.MARKET, {"price": None}, e.PRICE_TYPE_MARKET, set()),
        (OrdType.LIMIT, {}, e.PRICE_TYPE_LIMIT, {"limit_price"}),
        (
            OrdType.STOP,
            {"price": None, "stop_price": Decimal(4810)},
            e.PRICE_TYPE_STOP_MARKET,
            {"stop_price"},
        ),
        (
            OrdType.STOP_LIMIT,
            {"stop_price": Decimal(4810)},
            e.PRICE_TYPE_STOP_LIMIT,
            {"limit_price", "stop_price"},
        ),
        (
            OrdType.TRAILING_STOP,
            {"price": None, "trail": Decimal(5)},
            e.PRICE_TYPE_STOP_MARKET,
            {"trail_distance"},
        ),
    ],
)
def test_types_and_their_prices(
    ord_type: OrdType, prices: dict[str, Any], price_type: int, fields: set[str]
):
    part = written(submit(ord_type=ord_type, **prices))
    assert part.price_type == price_type
    named = {"limit_price", "stop_price", "trail_distance"}
    assert {name for name in named if part.HasField(name)} == fields


def test_every_declared_type_and_time_can_be_said_and_no_other_is_declared():
    assert set(CAPABILITIES.ord_types) == set(PRICE_TYPES)
    times = {
        time: written(submit(time_in_force=time)).time_type for time in CAPABILITIES.times_in_force
    }
    assert times == {
        TimeInForce.DAY: e.TIME_TYPE_NORMAL,
        TimeInForce.GTC: e.TIME_TYPE_GOOD_TILL_CANCELLED,
        TimeInForce.IOC: e.TIME_TYPE_IMMEDIATE_AND_CANCEL,
        TimeInForce.FOK: e.TIME_TYPE_COMPLETE_VOLUME,
    }
    assert set(CAPABILITIES.contingencies) == set(Contingency)


def test_other_price_formats_write_the_same_price_in_their_digits():
    terms = Terms(pricing=DIGITS, tick=DIGITS.tick)
    assert written(submit(price=Decimal("4800.25")), terms).limit_price.value == "480025"
    assert written(submit(price=Decimal("4800.25"))).limit_price.value == "4800.25"
    assert written(submit(price=Decimal("-0.50"))).limit_price.value == "-0.5"


def test_without_details_a_real_price_goes_as_it_is():
    part = written(submit(price=Decimal("4800.10")), Terms(pricing=UNTOLD))
    assert part.limit_price.value == "4800.1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": Decimal("4800.10")}, "price_tick"),
        ({"price": None}, "local"),
        ({"price": Decimal("NaN")}, "local"),
        ({"ord_type": OrdType.STOP, "stop_price": None}, "local"),
        ({"ord_type": OrdType.TRAILING_STOP, "trail": Decimal(-1)}, "local"),
        ({"ord_type": OrdType.TRAILING_STOP, "trail": None}, "local"),
        (
            {"ord_type": OrdType.STOP, "stop_price": Decimal(1), "time_in_force": TimeInForce.IOC},
            "unsupported",
        ),
        ({"quantity": Decimal("1.5")}, "quantity"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal(2**31)}, "quantity"),
        ({"post_only": True}, "unsupported"),
        ({"reduce_only": True}, "unsupported"),
        ({"client_order_id": "p 1"}, "local"),
    ],
)
def test_what_cannot_be_said_is_not_sent(changes: dict[str, Any], code: str):
    with pytest.raises(CannotSay) as caught:
        written(submit(**changes))
    assert caught.value.code == code


def test_lots_and_spreads():
    with pytest.raises(CannotSay, match="multiple"):
        written(submit(), attrs.evolve(TERMS, lot=5))
    with pytest.raises(CannotSay, match="legs"):
        written(submit(), attrs.evolve(TERMS, is_spread=True))


def test_an_instrument_of_another_venue_has_no_market_here():
    assert market_in(f"{MARKET}.T4") == MARKET
    with pytest.raises(CannotSay):
        market_in("BTCUSDT.WOOXPRO")


# --- changes and cancels -----------------------------------------------------------------------------


def test_a_change_says_only_what_changes():
    (part,) = revise_message(replace(), known(), TERMS).revisions
    assert (part.unique_id, part.volume, part.limit_price.value) == ("u-1", 3, "4799.25")
    (part,) = revise_message(replace(price=Decimal(4800)), known(), TERMS).revisions
    assert (part.HasField("limit_price"), part.volume) == (False, 3)
    (part,) = revise_message(replace(quantity=Decimal(2)), known(), TERMS).revisions
    assert (part.HasField("volume"), part.limit_price.value) == (False, "4799.25")


def test_a_change_that_changes_nothing_is_asked_all_the_same():
    same = replace(quantity=Decimal(2), price=Decimal(4800))
    (part,) = revise_message(same, known(), TERMS).revisions
    assert part.volume == 2


def test_of_a_stop_the_stop_price_changes():
    stop = known(
        price_type=e.PRICE_TYPE_STOP_MARKET,
        current_limit_price=None,
        new_limit_price=None,
        current_stop_price=price("4810"),
    )
    message = revise_message(replace(price=Decimal(4811)), stop, TERMS)
    (part,) = message.revisions
    assert (part.stop_price.value, part.HasField("limit_price")) == ("4811", False)
    assert (message.account_id, message.market_id) == (ACCOUNT, MARKET)
    assert not message.manual_order_indicator


def test_a_market_order_has_no_price_to_change_and_an_ended_one_nothing():
    with pytest.raises(CannotSay, match="price"):
        revise_message(replace(), known(price_type=e.PRICE_TYPE_MARKET), TERMS)
    with pytest.raises(CannotSay, match="finished"):
        revise_message(replace(), known(status=e.ORDER_STATUS_FINISHED), TERMS)


@pytest.mark.parametrize(
    "given", [("", MARKET, ["u"]), (ACCOUNT, "", ["u"]), (ACCOUNT, MARKET, [""])]
)
def test_a_cancel_the_venue_would_drop_silently_never_leaves(given: tuple[str, str, list[str]]):
    """Found in the official clients: without a market it is dropped without a word."""
    with pytest.raises(CannotSay):
        pull_message(*given)


# --- links -------------------------------------------------------------------------------------------

ENTRY = submit()
GAIN = submit(
    client_order_id="p2", side=Side.SELL, price=Decimal(4810), time_in_force=TimeInForce.GTC
)
STOP = submit(
    client_order_id="p3",
    side=Side.SELL,
    ord_type=OrdType.STOP,
    price=None,
    stop_price=Decimal(4790),
)


def test_a_bracket_is_an_auto_oco_with_absolute_prices():
    """Exits: the other side, volume 0, held, good till cancelled."""
    message = linked_message(BRACKET, (ENTRY, GAIN, STOP), ACCOUNT, TERMS)
    assert message.order_link == e.ORDER_LINK_AUTO_OCO_P
    entry, gain, stop = message.orders
    assert (entry.volume, entry.time_type, entry.HasField("activation_type")) == (
        2,
        e.TIME_TYPE_NORMAL,
        False,
    )
    for part in (gain, stop):
        assert (part.volume, part.activation_type) == (0, e.ACTIVATION_TYPE_HOLD)
        assert (part.buy_sell, part.time_type) == (
            e.BUY_SELL_SELL,
            e.TIME_TYPE_GOOD_TILL_CANCELLED,
        )
    assert (gain.limit_price.value, stop.stop_price.value) == ("4810", "4790")
    assert [part.tag for part in message.orders] == ["p1", "p2", "p3"]


def test_an_oco_is_of_live_orders_each_with_its_volume():
    message = linked_message(OCO, (GAIN, STOP), ACCOUNT, TERMS)
    assert message.order_link == e.ORDER_LINK_OCO
    assert [part.volume for part in message.orders] == [2, 2]
    assert not any(part.HasField("activation_type") for part in message.orders)


@pytest.mark.parametrize(
    ("contingency", "orders"),
    [
        (OCO, (GAIN,)),
        (OCO, (GAIN, GAIN)),
        (OCO, (GAIN, attrs.evolve(STOP, instrument="XCME_Eq NQ (H24).T4"))),
        (OCO, (GAIN, attrs.evolve(STOP, ord_type=OrdType.MARKET, time_in_force=TimeInForce.IOC))),
        (BRACKET, (ENTRY, attrs.evolve(GAIN, side=Side.BUY))),
        (BRACKET, (ENTRY, attrs.evolve(GAIN, quantity=Decimal(1)))),
        (BRACKET, (ENTRY, attrs.evolve(GAIN, ord_type=OrdType.MARKET))),
        (BRACKET, (ENTRY, GAIN, attrs.evolve(GAIN, client_order_id="p4"))),
        ("spark", (ENTRY, GAIN)),
    ],
)
def test_what_cannot_be_linked_is_not_sent(contingency: str, orders: tuple[SubmitOrder, ...]):
    with pytest.raises(CannotSay):
        linked_message(contingency, orders, ACCOUNT, TERMS)


def test_the_image_of_the_kit_is_what_these_tests_say():
    """An image that is not accepted yet has no terms that hold."""
    order = Orders().shown(image(), 0).order
    assert (order.volume, order.new_volume, order.limit) == (0, 2, "4800")
