"""What happens to orders, on every venue that takes them: one suite, by what each venue declares.

Strategy, router, session and simulator are real processes and sockets; one start serves all cases of a
venue. A case is skipped only where the venue declares that it cannot (capabilities), or that its
simulator does not do it (faults).
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from actors.venues import discover, module_of
from engine.conformance.declared import FaultName
from engine.conformance.package import package_of
from engine.drill.proxy import Direction, LinkFault, LinkMode
from engine.model.enums import Contingency, TimeInForce
from tests.kit import liveorders
from tests.kit.liveorders import Live, LiveEngine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PACKAGES = [package_of(module_of(name)) for name in discover()]
TRADING = [package for package in PACKAGES if package.venue.trade is not None]
OVER = ("filled", "cancelled", "expired", "rejected")
RACES = 5
MORE_AND_MORE = (1.0, 1.2, 1.5, 2.0, 4.0, 8.0, 12.0, 30.0, 100.0, 300.0)
"""Of what stands at the best price, until an order trades in part; large ones may be refused. On a busy
machine the market has moved through an order of a few times that before its cancel is there."""


ENGINES = [
    pytest.param(package, id=package.name, marks=pytest.mark.xdist_group(f"orders-{package.name}"))
    for package in TRADING
]
"""Cases of one venue share an engine, so they stay together."""


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[LiveEngine]:
    """The engine with one venue, up for all of its cases; at the end every invariant is judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PITBOSS_STRATEGIES", str(liveorders.PLUGINS))
        running = LiveEngine(request.param).start()
        try:
            yield running
        finally:
            violated = running.stop()
    assert not violated


def skip_unless_in_force(engine: LiveEngine, word: TimeInForce) -> None:
    """The venue declares a time in force."""
    if word not in engine.package.venue.capabilities.times_in_force:
        pytest.skip(f"the venue declares no time in force {word}")


def skip_unless_simulated(engine: LiveEngine, fault: FaultName) -> None:
    """The venue declares how its simulator is made to do this."""
    if fault not in engine.package.conformance.faults:
        pytest.skip(f"no fault {fault.value!r} is declared")


def test_an_order_rests_and_is_cancelled(engine: LiveEngine):
    """Submitted, open here and at the venue, cancelled here and there, without a fill."""

    async def case(live: Live) -> None:
        name = await live.rests("rest")
        await live.cancelled(name)
        row = await live.order(name)
        assert row is not None
        assert Decimal(row["cum_qty"]) == 0
        await live.hears(name, "cancelled")
        await live.agrees()

    engine.run(case)


def test_an_order_is_filled(engine: LiveEngine):
    """Every fill once, up to the whole quantity; position and money follow."""

    async def case(live: Live) -> None:
        name = live.tell("submit", live.name("fill"), **live.ordering.filling)
        row = await live.becomes(name, "filled")
        fills = await live.fills(name)
        assert sum(Decimal(fill["last_qty"]) for fill in fills) == Decimal(row["quantity"])
        assert Decimal(row["cum_qty"]) == Decimal(live.ordering.filling["quantity"])
        await live.agrees()

    engine.run(case)


def test_an_order_is_filled_in_part_and_the_rest_cancelled(engine: LiveEngine):
    """More than the market holds at its best price: some of it trades, what is left is cancelled."""

    async def case(live: Live) -> None:
        seen = []
        for times in MORE_AND_MORE:
            name = partly(live, times)
            row = await live.becomes(name, *OVER)
            fills = sum(Decimal(fill["last_qty"]) for fill in await live.fills(name))
            assert fills == Decimal(row["cum_qty"])
            if 0 < fills < Decimal(row["quantity"]):
                assert row["lifecycle"] == "cancelled"
                break
            seen.append(f"{row['lifecycle']} {fills} of {row['quantity']} {row['text']}")
        else:
            raise AssertionError(f"no order was filled in part: {seen}")
        await live.agrees()

    engine.run(case)


def partly(live: Live, times: float) -> str:
    """An order for so many times what stands at the best price, cancelled once some of it has traded."""
    terms = {key: live.ordering.resting[key] for key in KEPT if key in live.ordering.resting}
    return live.tell("take", live.name("part"), times=times, **terms)


KEPT = ("time_in_force",)
"""Of the terms of a resting order what one at another price and quantity has as well."""


def test_an_order_is_changed(engine: LiveEngine):
    """Where the venue can: price and quantity, under the same id. Where not: refused, cancelled, replaced."""

    async def case(live: Live) -> None:
        terms = live.ordering.resting
        more = str(2 * Decimal(str(terms["quantity"])))
        name = await live.rests("change")
        if live.can.replace:
            live.tell("modify", name, quantity=more)

            async def is_changed() -> bool:
                row = await live.order(name)
                return bool(row and row["quantity"] == more and row["pending"] is None)

            await live.until(is_changed, "the order is changed")
            row = await live.order(name)
            assert row is not None
            seen = live.venue.witnessed().orders[row["client_order_id"]]
            assert (seen.quantity, row["lifecycle"]) == (Decimal(more), "open")
            await live.agrees()
            await live.cancelled(name)
        else:
            live.tell("modify", name, quantity=more)
            await live.agrees()
            await live.cancelled(name)
            second = await live.rests("changed", quantity=more)
            row = await live.order(second)
            assert row is not None
            assert row["quantity"] == more
            await live.cancelled(second)
        await live.agrees()

    engine.run(case)


def test_a_cancel_races_with_the_order_and_its_fills(engine: LiveEngine):
    """Cancelled in the breath in which it was sent, and while it trades: filled or not, all agree."""

    async def case(live: Live) -> None:
        for number in range(RACES):
            terms = live.ordering.filling if number % 2 else live.ordering.resting
            name = live.tell("race", live.name("race"), **terms)
            row = await live.becomes(name, *OVER, "never_arrived")
            fills = sum(Decimal(fill["last_qty"]) for fill in await live.fills(name))
            assert fills == Decimal(row["cum_qty"])
        await live.agrees()

    engine.run(case)


def test_an_order_that_the_venue_refuses_is_rejected(engine: LiveEngine):
    """With the venue's reason, here and at the strategy; the next one is taken."""
    skip_unless_simulated(engine, FaultName.REFUSE_ORDER)

    async def case(live: Live) -> None:
        live.misbehave(FaultName.REFUSE_ORDER)
        name = live.tell("submit", live.name("refused"), **live.ordering.resting)
        row = await live.becomes(name, "rejected")
        assert row["code"] or row["text"]
        await live.hears(name, "rejected")
        await live.cancelled(await live.rests("taken"))
        await live.agrees()

    engine.run(case)


@pytest.mark.parametrize("word", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_order_that_must_trade_at_once_is_over_at_once(engine: LiveEngine, word: TimeInForce):
    """Far from the market nothing of it trades, and nothing of it stays."""
    skip_unless_in_force(engine, word)

    async def case(live: Live) -> None:
        terms = {**live.ordering.resting, "time_in_force": word.value}
        name = live.tell("submit", live.name(word.value), **terms)
        row = await live.becomes(name, "expired", "cancelled", "rejected")
        assert Decimal(row["cum_qty"]) == 0
        await live.agrees()

    engine.run(case)


def skip_unless_dependent(engine: LiveEngine, contingency: Contingency) -> None:
    """The venue keeps orders dependent."""
    if contingency not in engine.package.venue.capabilities.contingencies:
        pytest.skip(f"the venue declares no {contingency.value}")


def test_exits_of_a_bracket_wait_for_its_entry_and_one_of_them_trades(engine: LiveEngine):
    """The entry fills and the exits work at the venue; one trades, the venue takes the other off."""
    skip_unless_dependent(engine, Contingency.BRACKET)

    async def case(live: Live) -> None:
        name = live.tell("bracket", live.name("bracket"), **listed(live))
        rows = await live.list_becomes(name, market="filled", limit="open", stop="open")
        exits = {rows[word]["client_order_id"] for word in ("limit", "stop")}
        await live.until(lambda: exits <= set(live.venue.open_orders()), "both exits work")
        await live.agrees()
        live.tell("trade", name)
        await live.list_becomes(name, market="filled", limit="filled", stop="cancelled")
        await live.agrees()

    engine.run(case)


def test_of_an_oco_pair_one_order_ends_the_other(engine: LiveEngine):
    """By a fill, which the venue answers; and both can be cancelled."""
    skip_unless_dependent(engine, Contingency.OCO)

    async def case(live: Live) -> None:
        name = live.tell("oco", live.name("oco"), **listed(live))
        await live.list_becomes(name, limit="open", stop="open")
        await live.agrees()
        live.tell("trade", name)
        await live.list_becomes(name, limit="filled", stop="cancelled")
        second = live.tell("oco", live.name("oco"), **listed(live))
        await live.list_becomes(second, limit="open", stop="open")
        live.tell("cancel_all", second)
        await live.list_becomes(second, limit="cancelled", stop="cancelled")
        await live.agrees()

    engine.run(case)


def listed(live: Live) -> dict[str, object]:
    """What orders of a list share."""
    return {key: live.ordering.resting[key] for key in ("quantity", "time_in_force")}


def test_open_orders_survive_a_lost_connection(engine: LiveEngine):
    """Every link is reset: connected and compared again, the orders are as they were and obey."""

    async def case(live: Live) -> None:
        names = [await live.rests("keep") for _ in range(2)]
        before = await reconnects(live)
        for proxy in live.venue.proxies.values():
            proxy.reset_all()

        async def is_back() -> bool:
            return await reconnects(live) > before

        await live.until(is_back, "connected again")
        await live.ready()
        for name in names:
            await live.becomes(name, "open")
        await live.agrees()
        await live.cancelled(*names)
        await live.agrees()

    engine.run(case)


async def reconnects(live: Live) -> int:
    row = (await live.engine.actors()).get(live.trade)
    return int((row or {}).get("gauges", {}).get("reconnects", 0)) if row else 0


def test_what_happened_while_the_venue_could_not_be_heard_is_found(engine: LiveEngine):
    """An order leaves, its answer and its fill do not arrive: found after the loss, counted once."""

    async def case(live: Live) -> None:
        deaf = LinkFault(LinkMode.BLACKHOLE, direction=Direction.DOWN)
        for link in live.venue.drilled.links:
            live.venue.set_link(link, deaf)
        before = len(live.venue.submitted())
        name = live.tell("submit", live.name("unheard"), **live.ordering.filling)
        await live.until(lambda: len(live.venue.submitted()) > before, "the order left")
        for proxy in live.venue.proxies.values():
            proxy.reset_all()
        for link in live.venue.drilled.links:
            live.venue.set_link(link, None)
        await live.becomes(name, "filled", within_s=60)
        await live.ready()
        await live.agrees()

    engine.run(case)


@pytest.mark.parametrize("part", ["session", "router", "strategy", "engine"])
def test_open_orders_survive_a_restart(engine: LiveEngine, part: str):
    """Killed or stopped and started again: the order is open, its owner's, and is cancelled by it."""

    async def case(live: Live) -> None:
        name = await live.rests("stay")
        kept = await live.order(name)
        if part == "engine":
            await live.restarted()
        else:
            known = {"session": live.trade, "strategy": "strategy.puppet"}
            await live.killed(known.get(part, part))
        row = await live.becomes(name, "open")
        assert kept is not None
        assert row["client_order_id"] == kept["client_order_id"]
        await live.agrees()
        await live.cancelled(name)
        await live.agrees()

    engine.run(case)


def test_an_order_for_the_day_ends_with_it(engine: LiveEngine):
    """Expired by the venue; nobody asked for it here.

    The last case: what is held goes into another day, of which a session that is started anew may know less.
    """
    skip_unless_simulated(engine, FaultName.END_DAY)
    skip_unless_in_force(engine, TimeInForce.DAY)

    async def case(live: Live) -> None:
        name = await live.rests("day", time_in_force="day")
        live.misbehave(FaultName.END_DAY)
        await live.becomes(name, "expired")
        await live.ready()
        await live.agrees()

    engine.run(case)
