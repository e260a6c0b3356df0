"""WebCTP's trade session over the real driver against the real simulator, on loopback."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from actors.venues.webctp import VENUE
from actors.venues.webctp.positions import Held, Overnight
from actors.venues.webctp.products import ProductOverride
from actors.venues.webctp.seed import Seed, text_of
from engine.messages.venue import CancelAllOrders, ReconcilePart, UpdateKind, VenueOrder
from engine.model.enums import (
    TERMINAL,
    Lifecycle,
    OrdType,
    PositionEffect,
    Side,
    TimeInForce,
    VenueStateWord,
)
from engine.session.panic import Panic, Phase
from tests.kit.waiting import until
from tests.kit.webctp_trading import (
    IF,
    RB,
    Desk,
    Live,
    cancel,
    desk,
    orders_in,
    positions_in,
    query,
)

K = UpdateKind
D = Decimal
LOW, HIGH = D(4200), D(4400)
"""Far below and above rb2101's market, within its daily band."""
ENDS = (K.FILLED, K.CANCELLED, K.REJECTED, K.NOT_SENT)
INSERT = "trade/insert_order"
TRADED = "trade/ORDER_TRADED*"
DAY = "20301202"
OVERNIGHT = {"positions": ("rb2101 long 2",)}


def seed_file(folder: Path, day: str, *rows: Overnight, investor: str = "100001") -> str:
    """A seed for the simulator's account."""
    seed = Seed(trading_day=day, broker_id="9999", investor_id=investor, positions=rows)
    path = folder / "seed.toml"
    path.write_text(text_of(seed))
    return str(path)


def held(quantity: int) -> Overnight:
    """Lots of rb2101, long, from earlier days."""
    return Overnight(
        instrument="rb2101", exchange="SHFE", held=Held.LONG, quantity=quantity, price=D(4300)
    )


async def bought(session: Live, quantity: int) -> None:
    """Buy so many lots of rb2101."""
    name = session.submit(price=HIGH, quantity=D(quantity))
    await session.heard(name, K.FILLED)


def requests(found: Desk, op: str) -> list[Mapping[str, Any]]:
    """Requests of this kind that reached the simulator."""
    entries = found.running.log.since(0)
    return [e.details for e in entries if e.details.get("op") == op]


def working(parts: list[ReconcilePart]) -> list[VenueOrder]:
    """Orders of an answer that are open."""
    return [order for part in parts for order in part.orders if order.lifecycle not in TERMINAL]


# --- the ordinary life ---------------------------------------------------------------------------


async def test_an_order_rests_and_is_cancelled():
    """The exchange's id comes with a push, and the cancel names it."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        accepted = await session.heard(name, K.ACCEPTED)
        assert accepted.venue_order_id
        (shown,) = orders_in(await session.reconciled(), name)
        assert (shown.lifecycle, shown.price, shown.quantity) == (Lifecycle.OPEN, LOW, 1)
        session.cancel(name)
        await session.heard(name, K.CANCELLED)
        assert session.kinds(name)[-2:] == [K.CANCEL_PENDING, K.CANCELLED]


async def test_a_fill_is_told_once_with_an_estimated_price():
    """No price is transmitted: the limit or what the router's reference says, marked as estimated."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=HIGH, quantity=D(2), reference_price=D(4301))
        await session.heard(name, K.FILLED)
        fills = session.fills(name)
        assert sum(fill.last_qty for fill in fills) == 2
        assert {(fill.px_estimated, fill.last_px) for fill in fills} == {(True, D(4301))}
        parts = await session.reconciled()
        told = {fill.fill_key: fill.last_px for part in parts for fill in part.fills}
        assert told == {fill.fill_key: fill.last_px for fill in fills}
        assert positions_in(parts) == {RB: D(2)}
        assert parts[-1].complete
        assert not parts[-1].unproven


async def test_an_immediate_order_leaves_nothing_behind():
    """FAK: what does not trade at once is cancelled."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW, time_in_force=TimeInForce.IOC)
        assert (await session.heard(name, *ENDS)).kind is K.CANCELLED


async def test_a_market_order_is_a_limit_beyond_the_market():
    """Emulated with the router's reference; without one it cannot be said."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        terms = {"ord_type": OrdType.MARKET, "price": None, "time_in_force": TimeInForce.IOC}
        name = session.submit(**terms, reference_price=HIGH)
        assert (await session.heard(name, *ENDS)).kind is K.FILLED
        blind = session.submit(**terms)
        assert session.updates(blind)[-1].code == "reference"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"time_in_force": TimeInForce.FOK}, "time_in_force"),
        ({"ord_type": OrdType.STOP, "stop_price": D(4000)}, "ord_type"),
        ({"post_only": True}, "post_only"),
        ({"price": D("4200.5")}, "tick"),
        ({"quantity": D("1.5")}, "quantity"),
        ({"instrument": "xx2101.WEBCTP"}, "contract_unknown"),
        ({"position_effect": PositionEffect.CLOSE}, "closes_too_much"),
        ({"reduce_only": True}, "closes_too_much"),
    ],
)
async def test_what_cannot_be_said_is_not_sent(changes, code):
    """Refused here, with the reason."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(**changes)
        (update,) = session.updates(name)
        assert (update.kind, update.code) == (K.NOT_SENT, code)


# --- legs ----------------------------------------------------------------------------------------


async def test_an_order_closes_today_then_yesterday_then_opens(tmp_path):
    """SHFE: one order of ours is three of CTP's, and one again in all that is told of it."""
    async with desk(trading_day=DAY, **OVERNIGHT) as found:
        session = found.session(seed=seed_file(tmp_path, DAY, held(2)))
        await session.ready()
        await bought(session, 3)
        name = session.submit(side=Side.SELL, price=LOW, quantity=D(6))
        end = await session.heard(name, *ENDS)
        assert (end.kind, end.cum_qty, end.quantity) == (K.FILLED, 6, 6)
        assert sum(fill.last_qty for fill in session.fills(name)) == 6
        parts = await session.reconciled()
        assert positions_in(parts) == {RB: D(-1)}
        (shown,) = orders_in(parts, name)
        assert (shown.quantity, shown.cum_qty, shown.lifecycle) == (6, 6, Lifecycle.FILLED)
        assert parts[-1].unproven == ""


async def test_a_second_leg_that_is_refused_takes_the_order_back(tmp_path):
    """What was filled stays, the rest is gone: cancelled with its reason, never half an order."""
    async with desk(trading_day=DAY, exchange_ms=100.0, **OVERNIGHT) as found:
        session = found.session(seed=seed_file(tmp_path, DAY, held(2)))
        await session.ready()
        await bought(session, 1)
        name = session.submit(side=Side.SELL, price=LOW, quantity=D(5))
        # CTP has the first leg, its exchange not yet: the second one waits for that.
        await until(lambda: session.protocol._day.named(name).shown)
        found.running.faults.arm("reject_order", match="rb2101", value=51)
        end = await session.heard(name, *ENDS)
        assert (end.kind, end.cum_qty) == (K.CANCELLED, 1)
        assert end.code == "51 OVER_CLOSEYESTERDAY_POSITION"
        assert "leg 2 of 3" in end.text
        assert not working(await session.reconciled())


async def test_a_first_leg_that_is_refused_ends_the_order():
    """Nothing was opened beside a close that was refused: the other leg never leaves."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        await bought(session, 1)
        found.running.faults.arm("reject_order", match="rb2101", value=50)
        name = session.submit(side=Side.SELL, price=LOW, quantity=D(3))
        end = await session.heard(name, *ENDS)
        assert (end.kind, end.code) == (K.REJECTED, "50 OVER_CLOSETODAY_POSITION")
        assert positions_in(await session.reconciled()) == {RB: D(1)}


async def test_a_refusal_of_the_exchange_is_a_rejection():
    """Status 5 with submit status 4: rejected, not cancelled; the reason is a text."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("reject_late", match="rb2101", value="no such price")
        name = session.submit(price=LOW)
        end = await session.heard(name, *ENDS)
        assert (end.kind, end.code) == (K.REJECTED, "exchange_rejected")


async def test_working_legs_are_cancelled_together(tmp_path):
    """A cancel of an order is one of each leg that works."""
    async with desk(trading_day=DAY, **OVERNIGHT) as found:
        session = found.session(seed=seed_file(tmp_path, DAY, held(2)))
        await session.ready()
        await bought(session, 1)
        name = session.submit(side=Side.SELL, price=D(4450), quantity=D(4))
        await until(lambda: len(requests(found, "insert_order")) == 4)
        await session.heard(name, K.ACCEPTED)
        session.cancel(name)
        end = await session.heard(name, *ENDS)
        assert (end.kind, end.cum_qty, end.quantity) == (K.CANCELLED, 0, 4)
        assert not working(await session.reconciled())


# --- doubts and losses ---------------------------------------------------------------------------


async def test_an_order_without_an_acknowledgement_is_found():
    """The gateway never says PERFORMED: the connection is given up, and the day replayed."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("no_answer", match=INSERT)
        name = session.submit(price=LOW)
        await session.logged_in(times=2)
        assert not set(session.kinds(name)) & set(ENDS)
        (shown,) = orders_in(await session.reconciled(), name)
        assert (shown.lifecycle, shown.price) == (Lifecycle.OPEN, LOW)
        assert len(requests(found, "insert_order")) == 1


async def test_an_order_on_its_way_when_the_connection_breaks_is_unknown_then_found():
    """ORD-7, ORD-8: it left; the day that is replayed after the next login shows it."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("mute", match="trade")
        name = session.submit(price=LOW)
        await until(lambda: any(each.orders for each in found.running.venue.investors.values()))
        found.running.faults.arm("reset", match="trade")
        await session.heard(name, K.UNKNOWN)
        await session.logged_in(times=2)
        (shown,) = orders_in(await session.reconciled(), name)
        assert (shown.lifecycle, shown.price) == (Lifecycle.OPEN, LOW)


async def test_an_order_that_was_lost_is_never_called_unsent():
    """Its bytes left; the venue does not know it; that it never arrived is for the router to judge."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("reset_before", match=INSERT)
        name = session.submit(price=LOW)
        await session.heard(name, K.UNKNOWN)
        await session.logged_in(times=2)
        assert orders_in(await session.reconciled(), name) == []
        assert K.NOT_SENT not in session.kinds(name)


@pytest.mark.parametrize("value", [-1, -2, -3])
async def test_what_the_library_does_not_take_is_refused(value):
    """PERFORMED with a code: nothing was carried out."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("performed", match=INSERT, value=value)
        name = session.submit(price=LOW)
        end = await session.heard(name, *ENDS)
        assert (end.kind, end.code) == (K.REJECTED, f"performed_{value}")


async def test_a_lost_trade_brings_the_day_again():
    """The gateway drops messages of slow readers: what an order claims and nobody told is replayed."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("drop", match=TRADED)
        name = session.submit(price=HIGH)
        await session.logged_in(times=2)
        (shown,) = orders_in(await session.reconciled(), name)
        assert (shown.lifecycle, shown.cum_qty) == (Lifecycle.FILLED, 1)
        assert positions_in(await session.reconciled()) == {RB: D(1)}


async def test_everything_told_twice_counts_once():
    """Pushes are upserts, trades have keys."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("duplicate", match="trade/ORDER_*", count=20)
        name = session.submit(price=HIGH, quantity=D(2))
        await session.heard(name, K.FILLED)
        assert sum(fill.last_qty for fill in session.fills(name)) == 2
        assert session.kinds(name).count(K.FILLED) == 1
        assert positions_in(await session.reconciled()) == {RB: D(2)}


async def test_a_new_boot_finds_its_orders_by_their_memo():
    """No memory is needed: ref and memo lead back to the order, legs and all."""
    async with desk() as found:
        first = found.session()
        await first.ready()
        await bought(first, 1)
        name = first.submit(side=Side.SELL, price=D(4450), quantity=D(3))
        await until(lambda: len(requests(found, "insert_order")) == 3)
        await first.heard(name, K.ACCEPTED)
        first.driver.stop()
        second = found.session()
        (shown,) = orders_in(await second.ready(), name)
        assert (shown.quantity, shown.lifecycle) == (3, Lifecycle.OPEN)
        second.cancel(name)
        assert (await second.heard(name, *ENDS)).kind is K.CANCELLED


@pytest.mark.parametrize("fault", ["front_down", "restart"])
async def test_orders_survive_an_outage(fault):
    """The front is lost, or the gateway starts anew: logged in again, all is found as it is."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        await session.heard(name, K.ACCEPTED)
        await bought(session, 1)
        match, value = ("trade", "4097:0.1") if fault == "front_down" else ("", 0.1)
        found.running.faults.arm(fault, match=match, value=value)
        await session.logged_in(times=2)
        parts = await session.reconciled()
        (shown,) = orders_in(parts, name)
        assert shown.lifecycle is Lifecycle.OPEN
        assert positions_in(parts) == {RB: D(1)}
        later = session.submit(price=LOW)
        await session.heard(later, K.ACCEPTED)


async def test_orders_are_refused_while_the_front_is_away():
    """Nothing is kept for later."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("front_down", match="trade", value="4097:2")
        await until(lambda: session.states[-1] is VenueStateWord.CONNECTING)
        name = session.submit(price=LOW)
        assert session.kinds(name) == [K.NOT_SENT]


async def test_a_gateway_of_the_older_generation_takes_no_orders():
    """Finding 10: it cannot cancel, so nothing is sent to it."""
    async with desk(codes="document") as found:
        session = found.session()
        await session.logged_in()
        await session.reconciled()
        name = session.submit(price=LOW)
        assert [u.code for u in session.updates(name)] == ["gateway_not_ready"]


# --- cancels -------------------------------------------------------------------------------------


async def test_a_cancel_waits_for_the_exchanges_id():
    """The order is on its way: the cancel follows it, within a bound."""
    async with desk(exchange_ms=200.0) as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        session.cancel(name)
        assert (await session.heard(name, *ENDS)).kind is K.CANCELLED


async def test_a_cancel_that_the_exchange_refuses_is_rejected():
    """ORDER_DELETE_RETURN_ERROR alone; the order works on."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        await session.heard(name, K.ACCEPTED)
        found.running.faults.arm("reject_cancel", match="rb2101")
        session.cancel(name)
        await session.heard(name, K.CANCEL_REJECTED)
        session.cancel(name)
        await session.heard(name, K.CANCELLED)


async def test_a_fill_beats_its_cancel():
    """The trade comes after the cancellation's push: the end waits for it."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        await session.heard(name, K.ACCEPTED)
        found.running.faults.arm("late_fill", match="rb2101", value=0.2)
        session.cancel(name)
        end = await session.heard(name, *ENDS)
        assert end.cum_qty == sum(fill.last_qty for fill in session.fills(name))


async def test_a_cancel_without_an_answer_is_unknown_then_known():
    """Sent and never answered: unknown, until the day's replay shows the end."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        await session.heard(name, K.ACCEPTED)
        found.running.faults.arm("no_answer", match="trade/delete_order")
        session.cancel(name)
        await session.heard(name, K.CANCEL_UNKNOWN, K.CANCELLED)
        if K.CANCELLED not in session.kinds(name):
            await session.logged_in(times=2)
            (shown,) = orders_in(await session.reconciled(), name)
            assert shown.lifecycle is Lifecycle.CANCELLED


async def test_everything_is_cancelled_strangers_orders_too():
    """The kill switch's way: one by one."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        names = [session.submit(price=LOW - number) for number in range(3)]
        for name in names:
            await session.heard(name, K.ACCEPTED)
        found.running.faults.arm("external_order", value="rb2101 buy open 1 4210")
        await until(lambda: any(not getattr(e, "client_order_id", "x") for e in session.events))
        session.call("cancel_all", CancelAllOrders(session_boot=1, router_boot=1, instrument=""))
        for name in names:
            await session.heard(name, K.CANCELLED)
        await session.heard("", K.CANCELLED)
        assert not working(await session.reconciled())


async def test_panic_cancels_alone():
    """Log in, read, cancel: without seed, account or contracts."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        for number in range(2):
            await session.heard(session.submit(price=LOW - number), K.ACCEPTED)
        session.driver.stop()
        alone = found.session(VENUE.panic)
        panic = Panic(alone.protocol, VENUE.capabilities)
        seen_states = seen_events = 0
        while not panic.over:
            now = alone.driver.now()
            for word in alone.states[seen_states:]:
                alone.driver.apply(panic.state(word, "", now))
            for event in alone.events[seen_events:]:
                if isinstance(event, ReconcilePart):
                    alone.driver.apply(panic.part(event, now))
            seen_states, seen_events = len(alone.states), len(alone.events)
            alone.driver.apply(panic.due(now))
            await trio.sleep(0.02)
        assert panic.phase is Phase.DONE
        assert len(panic.report()["gone"]) == 2


# --- strangers -----------------------------------------------------------------------------------


async def test_orders_of_another_terminal_are_strangers():
    """They are told under the venue's id, count in positions, and may be cancelled by it."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("external_order", value="rb2101 buy open 2 4450")
        await until(lambda: session.fills(""))
        parts = await session.reconciled()
        assert positions_in(parts) == {RB: D(2)}
        found.running.faults.arm("external_order", value="rb2101 buy open 1 4210")
        await until(lambda: session.updates("")[-1].kind is K.ACCEPTED)
        (open_one,) = working(await session.reconciled())
        assert open_one.client_order_id == ""
        session.call("cancel", cancel("", open_one.venue_order_id))
        await session.heard("", K.CANCELLED)


async def test_what_another_terminal_does_that_nobody_documents_ends_nothing():
    """Code 3, then a row with garbage: told, and the session goes on."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        found.running.faults.arm("foreign_order", value="rb2101")
        await until(lambda: any(note.event == "unknown_value" for note in session.notes))
        name = session.submit(price=LOW)
        await session.heard(name, K.ACCEPTED)


# --- positions -----------------------------------------------------------------------------------


async def test_without_a_seed_the_positions_are_unproven():
    """Nobody says what was held overnight; orders themselves are known whole."""
    async with desk() as found:
        settings = attrs.evolve(found.settings.orders, seed="")
        session = found.session(**attrs.asdict(settings))
        parts = await session.ready()
        assert "seed" in parts[-1].unproven
        assert parts[-1].complete


async def test_a_seed_of_another_day_proves_nothing(tmp_path):
    """Nor one of another account."""
    async with desk(trading_day=DAY, **OVERNIGHT) as found:
        session = found.session(seed=seed_file(tmp_path, "20301129", held(2)))
        assert "20301129" in (await session.ready())[-1].unproven
        session.driver.stop()
        other = found.session(seed=seed_file(tmp_path, DAY, held(2), investor="someone"))
        assert "someone" in (await other.ready())[-1].unproven


async def test_a_seed_that_the_margin_contradicts_proves_nothing():
    """The account has margin in use and the book is flat: found twice, it is told."""
    async with desk(**OVERNIGHT) as found:
        session = found.session()
        assert (await session.ready())[-1].unproven == ""
        assert "margin" in (await session.reconciled())[-1].unproven


async def test_positions_are_carried_over_the_end_of_the_day(tmp_path):
    """What the day before ended with is yesterday's on the next one, and said for the next seed."""
    async with desk(trading_day=DAY, **OVERNIGHT) as found:
        session = found.session(seed=seed_file(tmp_path, DAY, held(2)))
        await session.ready()
        await bought(session, 3)
        await session.reconciled()
        found.running.faults.arm("end_of_day")
        await session.logged_in(times=2)
        parts = await session.reconciled()
        assert positions_in(parts) == {RB: D(5)}
        assert parts[-1].unproven == ""
        (note,) = [note for note in session.notes if note.event == "positions_carried"]
        assert "quantity = 5" in note.detail
        name = session.submit(side=Side.SELL, price=LOW, quantity=D(5))
        assert (await session.heard(name, *ENDS)).kind is K.FILLED
        assert requests(found, "insert_order")[-1]["data"]["offset"] == 4


async def test_a_boot_on_a_later_day_goes_on_with_what_was_kept(tmp_path):
    """The first one saw the day before; the second one is told by the engine, and by nobody else."""
    async with desk(trading_day=DAY, **OVERNIGHT) as found:
        first = found.session(seed=seed_file(tmp_path, DAY, held(2)))
        await first.ready()
        await bought(first, 3)
        await first.reconciled()
        first.driver.stop()
        found.running.faults.arm("end_of_day")
        protocol = VENUE.trade(found.settings, VENUE.simulator_credentials)
        protocol.remember(first.kept)
        second = found.session(lambda _settings, _secrets: protocol)
        parts = await second.ready()
        assert positions_in(parts) == {RB: D(5)}
        assert parts[-1].unproven == ""


async def test_an_order_for_the_day_ends_with_it():
    """A login of another trading day: what worked is expired; by its id it is known as such later on."""
    async with desk(trading_day=DAY) as found:
        session = found.session()
        await session.ready()
        name = session.submit(price=LOW)
        accepted = await session.heard(name, K.ACCEPTED)
        found.running.faults.arm("end_of_day")
        await session.heard(name, K.EXPIRED)
        await session.logged_in(times=2)
        parts = await session.reconciled()
        assert orders_in(parts, name) == []
        assert parts[-1].unproven == ""
        session.driver.stop()
        later = found.session()
        await later.ready()
        later.call("query", query(name, accepted.venue_order_id))
        await later.heard(name, K.EXPIRED)


async def test_both_sides_of_a_trade_with_oneself_count():
    """They share the id of the trade; the side tells them apart."""
    async with desk(hold_for=("IF2101",)) as found:
        session = found.session(hedged=True)
        await session.ready()
        rests = session.submit(price=HIGH)
        await session.heard(rests, K.ACCEPTED)
        takes = session.submit(price=HIGH, side=Side.SELL, position_effect=PositionEffect.OPEN)
        await session.heard(takes, K.FILLED)
        await session.heard(rests, K.FILLED)
        (bought_key,) = [fill.fill_key for fill in session.fills(rests)]
        (sold_key,) = [fill.fill_key for fill in session.fills(takes)]
        assert bought_key != sold_key
        assert bought_key.removesuffix("/buy") == sold_key.removesuffix("/sell")


async def test_one_query_answers_all_who_ask():
    """Look-ups of single orders are joined: the counter takes one query a second."""
    async with desk() as found:
        session = found.session()
        await session.ready()
        names = [session.submit(price=LOW - number) for number in range(4)]
        for name in names:
            await session.heard(name, K.ACCEPTED)
        before = len(requests(found, "query_order"))
        told = {name: len(session.kinds(name)) for name in names}
        for name in names:
            session.call("query", query(name))
        await until(lambda: all(len(session.kinds(name)) > told[name] for name in names))
        assert len(requests(found, "query_order")) - before <= 2


async def test_an_order_is_refused_for_a_contract_that_differs():
    """The table says another multiplier than the counter: quantities would mean something else."""
    own = {"products": {"IF": ProductOverride(multiplier=D(200))}}
    async with desk(own) as found:
        session = found.session()
        await session.ready()
        name = session.submit(instrument=IF, price=D(5300))
        assert [u.code for u in session.updates(name)] == ["contract_differs"]
        assert any(note.event == "contract_differs" and note.alert for note in session.notes)
