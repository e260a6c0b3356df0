"""T-081: whatever is ordered, changed, filled, lost and allowed: INV-8, from the journal alone."""

from collections import Counter
from random import Random
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.drill.checkers.exposure import INV_8
from engine.drill.checkers.history import History
from engine.messages.venue import UpdateKind, VenuePosition
from engine.model.enums import Side, VenueStateWord
from engine.orders import records as r
from engine.orders.dump import dump
from engine.orders.order import Order
from engine.risk.limits import Limits, RiskSettings
from tests.kit.histories import entries
from tests.kit.orders import ACCOUNT, BTC, ETH, Bench, D, venue_order
from tests.kit.orders import settings as router_settings
from tests.property.test_orders_machine import replayed

RISK = RiskSettings(
    defaults=Limits(
        max_position=D(40),
        max_open_notional={"USDT": D(6)},
        max_open_orders=12,
        max_credit={"USDT": D(7)},
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
WEIGHTS = {
    "submit": 30,
    "fill": 4,
    "change": 4,
    "say": 5,
    "limits": 1.5,
    "reset": 1,
    "cancel": 2,
    "wait": 0.5,
    "lose": 0.2,
    "restart": 0.2,
}
WALKS, WALK_STEPS = 12, 150
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
        bench.hello()
        bench.define()
        bench.state(VenueStateWord.RECONCILING)
        book = bench.core.book
        positions = tuple(
            VenuePosition(instrument=name, quantity=each.quantity, avg_px=each.avg_px)
            for name, each in book.accounts.of(ACCOUNT).items()
            if each.quantity
        )
        bench.answer(tuple(venue_order(order) for order in self.open()), (), positions)
        bench.price(100.0, BTC)
        bench.price(10.0, ETH)

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
        if seconds > 3:  # the session was silent for too long
            self.up()

    def lose(self) -> None:
        """The line goes and comes back: what was under way is unknown from here on."""
        self.bench.state(VenueStateWord.DISCONNECTED, "the line is down")
        self.up()

    def restart(self) -> None:
        self.bench = self.bench.restarted(self.boot + 1)
        self.up()


def judged(desk: Desk) -> Counter[str]:
    """INV-8 over all that was written; how often which code denied."""
    records = [r.from_bytes(body) for body in desk.bench.journal]
    verdict = INV_8.check(History(records=entries(*records)))
    assert verdict.held, verdict.detail
    assert verdict.checked >= sum(isinstance(each, r.PlannedOrder) for each in records)
    assert dump(replayed(desk.bench.journal)) == desk.bench.core.dump()
    denied = (r.DeniedOrder, r.DeniedReplace)
    return Counter(each.code for each in records if isinstance(each, denied))


@settings(max_examples=80, deadline=None)
@given(steps=st.lists(STEPS, max_size=60))
def test_exposure_never_exceeds_the_limits_in_force(steps):
    """INV-8 at every record, with limits that a person raises and lowers in between."""
    desk = Desk()
    for word, *arguments in steps:
        getattr(desk, word)(*arguments)
    judged(desk)


def walk(seed: int) -> Desk:
    """A long life at the edge of the limits: most steps order, small sizes fill up the last lots."""
    random, desk = Random(seed), Desk()
    for _ in range(WALK_STEPS):
        (word,) = random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        pick, price = random.randrange(1000), random.randint(95, 105)
        arguments: dict[str, tuple[Any, ...]] = {
            "submit": (random.random() < 0.5, random.choice([1, 1, 2, 5, 13]), price, pick),
            "fill": (pick, random.randint(1, 12)),
            "change": (pick, random.randint(1, 25), price),
            "say": (pick, random.choice(["accepted", "cancelled", "replaced", "claim"])),
            "limits": (pick,),
            "reset": (pick,),
            "cancel": (pick,),
            "wait": (random.choice([1, 61]),),
        }
        getattr(desk, word)(*arguments.get(word, ()))
    return desk


def test_long_lives_at_the_edge():
    """T-081: they run into every limit on sums, and never beyond it."""
    denied: Counter[str] = Counter()
    for seed in range(WALKS):
        denied += judged(walk(seed))
    wanted = {"POSITION_LIMIT", "OPEN_NOTIONAL_LIMIT", "OPEN_ORDERS_LIMIT", "CREDIT_LIMIT"}
    assert wanted <= set(denied), denied


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
