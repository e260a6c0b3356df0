"""Orders in memory: found by every name, forgotten within a bound."""

from engine.model.enums import Certainty, Lifecycle, Mode, OrdType, Origin, Side, TimeInForce
from engine.orders.order import Order
from engine.orders.store import VENUE_IDS_MAX, OrderStore
from tests.kit.orders import ACCOUNT, BTC, D


def order(name: str, **changes) -> Order:
    values = {
        "client_order_id": name,
        "intent_id": f"alpha:5:{name}",
        "strategy": "alpha",
        "account": ACCOUNT,
        "mode": Mode.LIVE,
        "origin": Origin.OURS,
        "instrument": BTC,
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "time_in_force": TimeInForce.GTC,
        "post_only": False,
        "reduce_only": False,
        "quantity": D(10),
        "price": D(100),
        "stop_price": None,
        "reserve_price": D(100),
        "note": "",
        "tick_mono_ns": 0,
        "created_ns": 0,
        "request_ns": 0,
        "updated_ns": 0,
        "venue_order_id": f"v{name}",
    }
    return Order(**{**values, **changes})


def finish(store: OrderStore, one: Order, lifecycle: Lifecycle = Lifecycle.CANCELLED) -> None:
    one.lifecycle = lifecycle
    store.changed(one)


def test_found_by_every_name():
    """Client order id, intent and venue order id lead to the same order; other accounts do not."""
    store, one = OrderStore(), order("a")
    store.add(one)
    assert store.get("a") is store.by_intent("alpha:5:a") is store.by_venue_id(ACCOUNT, "va") is one
    assert store.find(ACCOUNT, "a", "") is store.find(ACCOUNT, "unknown", "va") is one
    assert store.find("other.live", "a", "va") is None
    assert store.find(ACCOUNT, "", "") is None


def test_open_and_unknown_are_kept_apart():
    """An order is among the open until it ends, and among the unknown while in doubt."""
    store, one, two = OrderStore(), order("a"), order("b")
    store.add(one)
    store.add(two)
    one.certainty = Certainty.UNKNOWN
    store.changed(one)
    assert (
        list(store.open_of_account(ACCOUNT)) == list(store.open_of_strategy("alpha")) == [one, two]
    )
    assert list(store.unknown_of_account(ACCOUNT)) == [one]
    one.certainty = Certainty.KNOWN
    finish(store, one)
    assert list(store.open_of_account(ACCOUNT)) == [two]
    assert list(store.unknown_of_account(ACCOUNT)) == []
    assert store.finished_of_strategy("alpha", 5) == [one]


def test_oldest_finished_orders_are_forgotten():
    """Beyond the bound finished orders go, oldest first; open ones and owed fills stay."""
    store = OrderStore(finished_max=2)
    resting = order("open")
    owed = order("owed", venue_cum_qty=D(4))
    store.add(resting)
    store.add(owed)
    finish(store, owed)
    for name in ("a", "b", "c"):
        one = order(name)
        store.add(one)
        finish(store, one)
    assert store.get("open") is resting
    assert store.get("owed") is owed
    assert store.get("a") is None
    assert store.by_venue_id(ACCOUNT, "va") is None
    assert store.get("c") is not None


def test_an_order_that_comes_back_is_not_forgotten():
    """A finished order that turns out to live stays, whatever is queued to be forgotten."""
    store = OrderStore(finished_max=1)
    zombie = order("z")
    store.add(zombie)
    finish(store, zombie)
    zombie.lifecycle = Lifecycle.OPEN
    store.changed(zombie)
    for name in ("a", "b"):
        one = order(name)
        store.add(one)
        finish(store, one)
    assert store.get("z") is zombie
    assert list(store.open_of_account(ACCOUNT)) == [zombie]


def ids_held(store: OrderStore) -> int:
    return len(store._by_venue_id) + sum(map(len, store._venue_ids.values()))


def test_an_order_whose_venue_id_changes_leaves_none_behind():
    """Found: venues that rename an order with each change filled the index for ever."""
    store, one = OrderStore(finished_max=0), order("a")
    store.add(one)
    for number in range(100):
        one.venue_order_id = f"v{number}"
        store.changed(one)
        assert ids_held(store) <= 2 * VENUE_IDS_MAX
    assert store.by_venue_id(ACCOUNT, "v99") is one
    assert store.by_venue_id(ACCOUNT, "v98") is one, "late news come under the id before"
    assert store.by_venue_id(ACCOUNT, "v0") is None
    finish(store, one)
    assert ids_held(store) == 0


def test_an_id_that_became_another_orders_stays_with_it():
    """Forgetting the first must not hide the second."""
    store = OrderStore(finished_max=0)
    one, two = order("a", venue_order_id="same"), order("b", venue_order_id="same")
    store.add(one)
    store.add(two)
    finish(store, one)
    assert store.by_venue_id(ACCOUNT, "same") is two
