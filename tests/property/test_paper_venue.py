"""The paper venue under random markets and orders: what must hold after every single step."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messages.venue import Fill, OrderUpdate, UpdateKind
from engine.model.enums import Liquidity, OrdType, Side, TimeInForce
from engine.model.money import ZERO
from tests.kit.market import BTC, btc
from tests.kit.paper import CASH, Bench, D, dump

RUNS = int(os.environ.get("PITBOSS_MACHINE_RUNS", "60"))
ETH = "ETHUSDT.WOOXPRO"
NAMES = (BTC, ETH)
ENDS = {UpdateKind.CANCELLED, UpdateKind.REJECTED}
TIMES = {"ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}
Step = tuple[str, dict[str, Any]]

ticks = st.integers(990, 1010)
sizes = st.sampled_from([0.5, 1.0, 2.0, 3.0, 3.7, 10.0])
names = st.sampled_from([BTC, BTC, BTC, ETH])
picks = st.integers(0, 3)
"""Which order a step is about: so many before the last one."""
prices = ticks.map(lambda tick: D(tick) / 10)


@st.composite
def books(draw: st.DrawFn) -> Step:
    middle = draw(ticks)
    sides = []
    for sign in (-1, 1):
        gaps = draw(st.lists(st.integers(1, 3), max_size=4))
        distances = [sum(gaps[: n + 1]) for n in range(len(gaps))]
        sides.append(tuple(((middle + sign * d) / 10, draw(sizes)) for d in distances))
    depth = draw(st.sampled_from([1, 4, 50]))
    bids, asks = (side[:depth] for side in sides)
    return "book", {"bids": bids, "asks": asks, "depth": depth, "instrument": draw(names)}


@st.composite
def submits(draw: st.DrawFn) -> Step:
    style = draw(st.sampled_from(["market", "ioc", "fok", "limit", "limit", "limit", "post"]))
    return "submit", {
        "side": draw(st.sampled_from(Side)),
        "ord_type": OrdType.MARKET if style == "market" else OrdType.LIMIT,
        "price": None if style == "market" else draw(prices),
        "quantity": D(draw(st.integers(1, 15))),
        "time_in_force": TIMES.get(style, TimeInForce.GTC),
        "post_only": style == "post",
        "reduce_only": draw(st.sampled_from([False, False, False, True])),
        "instrument": draw(names),
    }


steps = st.one_of(
    books(),
    books(),
    submits(),
    submits(),
    submits(),
    submits(),
    st.tuples(
        st.just("quote"),
        st.builds(
            lambda bid, gap, size, name: {
                "bid": bid / 10,
                "ask": (bid + gap) / 10,
                "size": size,
                "instrument": name,
            },
            ticks,
            st.integers(1, 5),
            sizes,
            names,
        ),
    ),
    st.tuples(
        st.just("trade"),
        st.fixed_dictionaries(
            {
                "price": ticks.map(lambda tick: tick / 10),
                "size": sizes,
                "aggressor": st.sampled_from([-1, 0, 1]),
                "instrument": names,
            }
        ),
    ),
    st.tuples(st.just("cancel"), st.fixed_dictionaries({"client_order_id": picks})),
    st.tuples(
        st.just("replace"),
        st.fixed_dictionaries(
            {
                "client_order_id": picks,
                "quantity": st.integers(1, 15),
                "price": st.none() | prices,
            }
        ),
    ),
    st.tuples(st.just("cancel_all"), st.fixed_dictionaries({"instrument": names})),
    st.tuples(st.just("wait"), st.fixed_dictionaries({"milliseconds": st.integers(0, 8)})),
    st.tuples(st.just("again"), st.fixed_dictionaries({"instrument": names})),
    st.tuples(st.sampled_from(["restart", "pause", "pause", "pause"]), st.just({})),
)
openings = st.tuples(
    *(books().map(lambda step, n=name: ("book", step[1] | {"instrument": n})) for name in NAMES)
)
runs = st.builds(
    lambda opening, rest: [*opening, *rest], openings, st.lists(steps, min_size=30, max_size=80)
)
latencies = st.sampled_from([0.0, 3.0])


@attrs.define
class Seen:
    """What an observer of orders, market and news knows; shares no code with the venue."""

    quantity: dict[str, Decimal] = attrs.field(factory=dict)
    price: dict[str, Decimal | None] = attrs.field(factory=dict)
    command: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    filled: Counter[str] = attrs.field(factory=Counter)
    ended: set[str] = attrs.field(factory=set)
    fills: list[Fill] = attrs.field(factory=list)
    view: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    budget: dict[tuple[str, Side], Decimal] = attrs.field(factory=lambda: defaultdict(Decimal))


class Observer:
    """Carries out steps and checks each piece of news as it comes."""

    def __init__(self, latency_ms: float) -> None:
        rules = {"latency_ms": latency_ms, "latency_jitter_ms": latency_ms}
        self.rules = rules
        self.bench = Bench(instruments=(btc(), btc(ETH)), **rules)
        self.seen = Seen()
        self.boots = 0

    def run(self, plan: list[Step]) -> None:
        for verb, options in plan:
            self.step(verb, dict(options))
            self.check_state()
        replayed = self.bench.restart(tag="end", **self.rules)
        assert money(dump(replayed.venue)) == money(dump(self.bench.venue))

    def step(self, verb: str, options: dict[str, Any]) -> None:
        bench, seen = self.bench, self.seen
        if verb == "restart":
            self.boots += 1
            self.bench = bench.restart(tag=f"r{self.boots}", **self.rules)
            self.hear(self.bench.news, lambda _fill: None)
            seen.view.clear()
            seen.budget.clear()
            return
        if verb == "pause":
            verb, options = "wait", {"milliseconds": 10}
        if verb == "again":
            name = options["instrument"]
            if name in seen.view:
                self.hear(bench.book(**seen.view[name]), self.spend)
            return
        if verb == "trade":
            self.print(options)
            return
        if verb in ("book", "quote"):
            self.let_pass_what_is_due()
            self.show(verb, options)
        if verb in ("cancel", "replace"):
            number = max(0, len(seen.command) - 1 - options["client_order_id"])
            options["client_order_id"] = f"c{number}"
        if verb == "submit":
            options["client_order_id"] = f"c{len(seen.command)}"
            seen.command[options["client_order_id"]] = options
            seen.quantity[options["client_order_id"]] = options["quantity"]
            seen.price[options["client_order_id"]] = options["price"]
        self.hear(getattr(bench, verb)(**options), self.spend)

    def show(self, verb: str, options: dict[str, Any]) -> None:
        """The most that the new view can offer, whatever was taken of the last one."""
        seen, name = self.seen, options["instrument"]
        if verb == "book":
            seen.view[name] = options
            for side, levels in ((Side.BUY, options["asks"]), (Side.SELL, options["bids"])):
                seen.budget[name, side] = sum((D(repr(size)) for _, size in levels), ZERO)
        else:
            for side in Side:
                seen.budget[name, side] += D(repr(options["size"]))
            seen.view.pop(name, None)

    def print(self, options: dict[str, Any]) -> None:
        left = dict.fromkeys(Side, D(repr(options["size"])))
        self.let_pass_what_is_due()

        def spend(fill: Fill) -> None:
            left[fill.side] -= fill.last_qty
            assert left[fill.side] >= 0, "more than was printed"
            assert fill.liquidity is Liquidity.MAKER
            assert options["aggressor"] != fill.side.sign

        self.hear(self.bench.trade(**options), spend)

    def let_pass_what_is_due(self) -> None:
        """So that the message of this step, at the same moment, is alone with its effects."""
        self.hear(self.bench.wait(0), self.spend)
        self.bench.mono_ns -= 1_000

    def spend(self, fill: Fill) -> None:
        key = fill.instrument, fill.side
        self.seen.budget[key] -= fill.last_qty
        assert self.seen.budget[key] >= 0, "more than was visible"

    def hear(self, news: list[Any], spend: Callable[[Fill], None]) -> None:
        for told in news:
            if isinstance(told, Fill):
                self.filled(told)
                spend(told)
            elif isinstance(told, OrderUpdate):
                self.updated(told)

    def filled(self, fill: Fill) -> None:
        seen, key = self.seen, fill.client_order_id
        command, limit = seen.command[key], seen.price[key]
        assert key not in seen.ended, "a fill after the end"
        assert fill.last_qty > 0
        assert not fill.last_qty % 1, "not a whole lot"
        seen.filled[key] += fill.last_qty
        assert fill.cum_qty == seen.filled[key] <= seen.quantity[key]
        assert (fill.side, fill.instrument) == (command["side"], command["instrument"])
        if limit is not None:
            assert (limit - fill.last_px) * fill.side.sign >= 0, "worse than the limit"
        if fill.liquidity is Liquidity.MAKER:
            assert fill.last_px == limit
        if command["post_only"]:
            assert fill.liquidity is Liquidity.MAKER
        if command["reduce_only"]:
            held = self.held(fill.instrument)
            assert held * fill.side.sign < 0
            assert fill.last_qty <= abs(held), "turned the position"
        seen.fills.append(fill)
        if seen.filled[key] == seen.quantity[key]:
            seen.ended.add(key)

    def updated(self, update: OrderUpdate) -> None:
        seen, key = self.seen, update.client_order_id
        if update.code == "DUPLICATE_ID" or update.kind in (
            UpdateKind.CANCEL_REJECTED,
            UpdateKind.REPLACE_REJECTED,
        ):
            return
        assert key not in seen.ended, "news after the end"
        assert update.cum_qty == seen.filled[key]
        if update.kind is UpdateKind.REPLACED:
            assert update.quantity is not None
            seen.quantity[key], seen.price[key] = update.quantity, update.price
        if update.kind in ENDS:
            seen.ended.add(key)
            if update.code == "FOK":
                assert not seen.filled[key]

    def held(self, instrument: str) -> Decimal:
        mine = [fill for fill in self.seen.fills if fill.instrument == instrument]
        return sum((fill.side.sign * fill.last_qty for fill in mine), ZERO)

    def check_state(self) -> None:
        book, fills = self.bench.venue.book, self.seen.fills
        positions = {each.instrument: each for each in book.account.positions()}
        owned = ZERO
        for name in NAMES:
            held = self.held(name)
            assert self.bench.position(name) == held
            if held:
                position = book.account.find(name)
                assert position is not None
                owned += positions[name].avg_px * held * position.multiplier
            self.check_resting(name)
        moved = sum((-f.side.sign * f.last_qty * f.last_px for f in fills), ZERO) * D("0.001")
        paid = sum((fill.fee for fill in fills), ZERO)
        assert self.bench.cash() == CASH["USDT"] + moved + owned - paid
        assert len({fill.fill_key for fill in fills}) == len(fills) == book.fills

    def check_resting(self, instrument: str) -> None:
        book = self.bench.venue.book
        working = book.working(instrument)
        assert all(order.may_rest and order.leaves_qty > 0 for order in working)
        sides: dict[Side, list[Decimal]] = {side: [] for side in Side}
        promised = dict.fromkeys(Side, ZERO)
        for order in working:
            assert order.price is not None
            sides[order.side].append(order.price)
            if order.command.reduce_only:
                promised[order.side] += order.leaves_qty
        if all(sides.values()):
            assert max(sides[Side.BUY]) < min(sides[Side.SELL]), "own orders cross"
        for side, quantity in promised.items():
            assert quantity <= max(ZERO, -self.held(instrument) * side.sign)


def money(state: dict[str, Any]) -> dict[str, Any]:
    """The state without orders on their way, which a restart refuses."""
    kept = [each for each in state["orders"] if each["lifecycle"] != "sent"]
    finished = [each for each in state["finished"] if each["lifecycle"] != "rejected"]
    return state | {"orders": kept, "finished": finished}


@settings(max_examples=RUNS, deadline=None)
@given(runs, latencies)
def test_what_must_hold_after_every_step(plan: list[Step], latency_ms: float) -> None:
    """Fills within quantity, limit and visible size; money and positions add up; a replay agrees."""
    Observer(latency_ms).run(plan)


@settings(max_examples=40, deadline=None)
@given(runs)
def test_the_same_inputs_give_the_same_journal(plan: list[Step]) -> None:
    """No randomness, no clock, no order of a set: byte for byte."""
    first, second = Observer(3.0), Observer(3.0)
    first.run(plan)
    second.run(plan)
    assert first.bench.journal == second.bench.journal
    assert first.bench.news == second.bench.news


@settings(max_examples=40, deadline=None)
@given(runs, st.data())
def test_any_prefix_of_a_journal_is_a_sound_state(plan: list[Step], data: st.DataObject) -> None:
    """Cut anywhere, the next boot has sound orders, and the one after it agrees."""
    observer = Observer(3.0)
    observer.run(plan)
    journal = observer.bench.journal
    end = data.draw(st.integers(0, len(journal)))
    cut = Bench(journal[:end], tag="x", instruments=())
    for name in NAMES:
        for order in cut.venue.book.working(name):
            assert order.may_rest
            assert order.leaves_qty > 0
        assert cut.venue.book.surplus(name) is None
    assert dump(cut.restart(tag="y").venue) == dump(cut.venue)
