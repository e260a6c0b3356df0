"""T-081: whatever is ordered, changed, filled, lost and allowed: INV-8, from the journal alone."""

from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.drill.checkers.exposure import INV_8
from engine.drill.checkers.history import History
from engine.messages.venue import UpdateKind
from engine.model.enums import Side, VenueStateWord
from engine.orders import records as r
from engine.orders.dump import dump
from engine.orders.order import Order
from engine.risk.limits import Limits, RiskSettings
from tests.kit.histories import entries
from tests.kit.orders import BTC, ETH, Bench, D
from tests.kit.orders import settings as router_settings
from tests.property.test_orders_machine import replayed

RISK = RiskSettings(
    defaults=Limits(
        max_position=D(40),
        max_open_notional={"USDT": D(6)},
        max_open_orders=12,
        max_credit={"USDT": D(9)},
        reference_age_s_max=1e9,
        intent_age_s_max=1e9,
    ),
    instruments={ETH: Limits(max_position=D(30))},
    strategies={"beta": Limits(max_position=D(25), max_open_orders=4)},
)
CHANGES = [
    ("engine", "max_position", "60"),
    ("engine", "max_position", "15"),
    ("engine", "max_open_notional", {"USDT": "3"}),
    ("account:testvenue.live", "max_open_orders", "3"),
    ("strategy:beta", "max_position", "35"),
    (f"instrument:{ETH}", "max_position", "5"),
]
PICK = st.integers(0, 1000)
STEPS = st.one_of(
    st.tuples(st.just("submit"), st.booleans(), st.integers(1, 20), st.integers(95, 105), PICK),
    st.tuples(st.just("fill"), PICK, st.integers(1, 12)),
    st.tuples(st.just("change"), PICK, st.integers(1, 25), st.integers(95, 105)),
    st.tuples(
        st.just("say"), PICK, st.sampled_from(["accepted", "cancelled", "replaced", "claim"])
    ),
    st.tuples(st.just("limits"), PICK),
    st.tuples(st.just("reset"), PICK),
    st.tuples(st.just("cancel"), PICK),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 61])),
    st.tuples(st.just("lose")),
    st.tuples(st.just("restart")),
)


class Desk:
    """Drives a bench; a venue that says only what could be true."""

    def __init__(self) -> None:
        self.bench = Bench(router_settings(RISK))
        self.boot = 100
        self.fills = 0
        self.up()

    def up(self) -> None:
        self.boot += 1
        bench = self.bench
        bench.session_boot, bench.sequence = self.boot, 0
        for name in ("alpha", "beta"):
            bench.greet(name)
        bench.open_venue()

    def open(self) -> list[Order]:
        return [order for order in self.bench.core.book.orders if not order.is_terminal]

    def pick(self, number: int) -> Order | None:
        orders = self.open()
        return orders[number % len(orders)] if orders else None

    def submit(self, buy: bool, quantity: int, price: int, pick: int) -> None:
        name = ("alpha", "alpha", "beta")[pick % 3]
        instrument = ETH if pick % 5 == 0 and name == "alpha" else BTC
        side = Side.BUY if buy else Side.SELL
        intent = self.bench.intent(
            name, side=side, quantity=D(quantity), price=D(price), instrument=instrument
        )
        self.bench.send(intent)

    def fill(self, pick: int, quantity: int) -> None:
        order = self.pick(pick)
        if order is not None:
            self.fills += 1
            most = min(D(quantity), order.leaves_qty)
            self.bench.fill(order, f"f{self.fills}", str(most), str(order.price))

    def change(self, pick: int, quantity: int, price: int) -> None:
        order = self.pick(pick)
        if order is not None:
            self.bench.modify(order, D(quantity), D(price))

    def say(self, pick: int, word: str) -> None:
        order = self.pick(pick)
        if order is None:
            return
        told: dict[str, Any] = {}
        if word == "claim":
            word, told = "accepted", {"cum_qty": order.quantity}
        if word == "replaced":
            if order.replace_quantity is None:
                return
            told = {"quantity": order.replace_quantity, "price": order.replace_price}
        self.bench.update(order, UpdateKind(word), **told)

    def limits(self, pick: int) -> None:
        scope, limit, value = CHANGES[pick % len(CHANGES)]
        self.bench.ask("limits-set", "a drill", scope=scope, limit=limit, value=value, expires_s=60)

    def reset(self, pick: int) -> None:
        scope, limit, _ = CHANGES[pick % len(CHANGES)]
        self.bench.operate("limits-reset", "over", scope=scope, limit=limit)

    def cancel(self, pick: int) -> None:
        order = self.pick(pick)
        if order is not None:
            self.bench.cancel(order)

    def wait(self, seconds: int) -> None:
        self.bench.tick(float(seconds))
        self.bench.beat()

    def lose(self) -> None:
        """The line goes and comes back: what was under way is unknown from here on."""
        self.bench.state(VenueStateWord.DISCONNECTED, "the line is down")
        self.up()

    def restart(self) -> None:
        self.bench = self.bench.restarted(self.boot + 1)
        self.up()


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=60))
def test_exposure_never_exceeds_the_limits_in_force(steps):
    """INV-8 at every record, with limits that a person raises and lowers in between."""
    desk = Desk()
    for word, *arguments in steps:
        getattr(desk, word)(*arguments)
    journal = desk.bench.journal
    verdict = INV_8.check(History(records=entries(*map(r.from_bytes, journal))))
    assert verdict.held, verdict.detail
    assert verdict.checked >= sum(isinstance(r.from_bytes(b), r.PlannedOrder) for b in journal)
    assert dump(replayed(journal)) == desk.bench.core.dump()


def test_the_check_sees_an_order_too_many():
    """The check itself: with the limits cut behind the router's back it finds orders above them."""
    desk = Desk()
    for _ in range(3):
        desk.submit(True, 10, 100, 1)
    records = [r.from_bytes(body) for body in desk.bench.journal]
    limits = [record for record in records if isinstance(record, r.LimitsVersion)]
    cut = attrs.evolve(limits[-1], text=limits[-1].text.replace('"40"', '"15"'))
    forged = [cut if record is limits[-1] else record for record in records]
    assert INV_8.check(History(records=entries(*records))).held
    assert INV_8.check(History(records=entries(*forged))).held is False
