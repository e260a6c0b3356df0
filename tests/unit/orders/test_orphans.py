"""Orders outlive their strategy: grace time, adoption, and what the declared policy does after it."""

from typing import Any

import attrs
import pytest

from engine.messages.orders import SnapshotPart
from engine.messages.venue import CancelOrder, SubmitOrder, UpdateKind
from engine.model.enums import Mode, OnDeath, Pending, Side, VenueStateWord
from engine.orders import records as r
from engine.orders.flattening import JOBS_MAX
from engine.orders.settings import StrategyRights
from tests.kit.orders import ACCOUNT, BTC, ETH, Bench, D, instrument, of_kind, settings

GRACE_S = 20.0


def rights(on_death: OnDeath, grace_s: float = GRACE_S) -> StrategyRights:
    return StrategyRights(instruments=(BTC,), mode=Mode.LIVE, on_death=on_death, grace_s=grace_s)


def a_bench(on_death: OnDeath, **changes: Any) -> Bench:
    """Alpha has the policy, beta keeps."""
    strategies = {"alpha": rights(on_death, **changes), "beta": rights(OnDeath.KEEP)}
    bench = Bench(settings(strategies=strategies))
    bench.greet("alpha")
    bench.greet("beta")
    return bench.open_venue()


def opened(bench: Bench, name: str = "alpha", **changes: Any):
    order = bench.submit(name, **changes)
    bench.update(order, UpdateKind.ACCEPTED)
    return order


def absences(bench: Bench) -> list[Any]:
    return of_kind([r.from_bytes(body) for body in bench.journal], r.OwnerAbsence)


def stages(bench: Bench) -> list[str]:
    return [each.stage.value for each in absences(bench)]


def wait(bench: Bench, seconds: float, *living: str) -> None:
    """Time passes; the session and the strategies named give signs of life each second."""
    for _ in range(round(seconds)):
        bench.beat()
        bench.price(100.0, BTC)
        for name in living:
            bench.seen(0, name)
        bench.tick(1.0)


def test_a_strategy_that_is_gone_for_its_grace_time_loses_its_orders():
    """Cancelled after the grace time, not before, recorded with the reason and alarmed; others stay."""
    bench = a_bench(OnDeath.CANCEL)
    order, other = opened(bench), opened(bench, "beta")
    wait(bench, GRACE_S - 2, "beta")
    assert order.pending is None
    wait(bench, 3, "beta")
    assert (order.pending, other.pending) == (Pending.CANCEL, None)
    (planned,) = of_kind([r.from_bytes(b) for b in bench.journal], r.CancelPlanned)
    assert planned.by == "router"
    assert "orphaned: nothing was heard of it" in planned.reason
    (alarm,) = bench.ask("alarms")
    assert (alarm["kind"], alarm["subject"]) == ("orphaned", "alpha")
    assert "on_death = cancel" in alarm["text"]
    assert stages(bench) == ["silent"] * 3 + ["orphaned"]
    (row,) = bench.ask("orders", open=True, strategy="alpha")
    assert row["orphaned"] is True


def test_within_the_grace_time_the_orders_are_adopted():
    """The new process gets its orders in the snapshot; its next absence has the whole time again."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    wait(bench, GRACE_S - 2)
    bench.boots["alpha"] = 55
    before = len(bench.sent)
    bench.greet("alpha")
    (part,) = of_kind([m for _, m in bench.sent[before:]], SnapshotPart)
    assert [each.client_order_id for each in part.orders] == [order.client_order_id]
    wait(bench, GRACE_S - 2)
    assert order.pending is None
    assert stages(bench) == ["silent"] * 3 + ["back"] + ["silent"] * 3
    wait(bench, 3)
    assert order.pending is Pending.CANCEL


def test_signs_of_life_each_second_are_enough():
    """A strategy that only acknowledges is alive for ever."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    wait(bench, 3 * GRACE_S, "alpha", "beta")
    assert order.pending is None
    assert stages(bench) == []


def test_cancels_are_repeated_while_orders_stay_open():
    """A refused cancel is asked for again until the order is over or the strategy back."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    wait(bench, GRACE_S + 1)
    for _ in range(2):
        assert order.pending is Pending.CANCEL
        bench.update(order, UpdateKind.CANCEL_REJECTED)
        wait(bench, 4)
    bench.update(order, UpdateKind.CANCEL_REJECTED)
    bench.boots["alpha"] = 55
    bench.greet("alpha")
    wait(bench, 4, "alpha")
    assert order.pending is None
    assert stages(bench)[-1] == "back"
    assert opened(bench).pending is None


def test_kept_orders_are_alarmed():
    """Policy keep: nothing is done but said."""
    bench = a_bench(OnDeath.KEEP)
    order = opened(bench)
    sent = len(bench.sent)
    wait(bench, 3 * GRACE_S)
    assert order.pending is None
    assert not of_kind([m for _, m in bench.sent[sent:]], CancelOrder)
    assert [alarm["kind"] for alarm in bench.ask("alarms")] == ["orphaned"]


def test_cancel_and_flatten_closes_the_position_too():
    """Orders first, then a reduce-only order in the strategy's name, until it holds nothing."""
    bench = a_bench(OnDeath.CANCEL_AND_FLATTEN)
    held = bench.submit(quantity=D(4))
    bench.fill(held, "f1", "4")
    resting = opened(bench, price=D(90))
    sent = len(bench.sent)
    wait(bench, GRACE_S + 1)
    assert resting.pending is Pending.CANCEL
    bench.update(resting, UpdateKind.CANCELLED)
    wait(bench, 2)
    (command,) = of_kind([m for _, m in bench.sent[sent:]], SubmitOrder)
    assert (command.side, command.quantity, command.reduce_only) == (Side.SELL, 4, True)
    closing = bench.core.book.orders.get(command.client_order_id)
    assert closing.strategy == "alpha"
    bench.fill(closing, "f2", "4")
    wait(bench, 5)
    assert len(of_kind([m for _, m in bench.sent[sent:]], SubmitOrder)) == 1
    assert bench.core.book.strategies.quantity("alpha", BTC) == 0


def test_flattening_stops_when_the_strategy_is_back():
    """Its orders and positions are its own again; a new order of it is not touched."""
    bench = a_bench(OnDeath.CANCEL_AND_FLATTEN)
    bench.fill(bench.submit(quantity=D(4)), "f1", "4")
    sent = len(bench.sent)
    bench.ask("kill", "drill", level="halted")
    wait(bench, GRACE_S + 2)
    bench.boots["alpha"] = 55
    bench.greet("alpha")
    bench.tick(0.1)
    bench.ask("arm", "well")
    order = opened(bench)
    wait(bench, 5, "alpha")
    assert order.pending is None
    assert len(of_kind([m for _, m in bench.sent[sent:]], SubmitOrder)) == 1


def test_a_restarted_router_goes_on_counting():
    """Quarters of the grace time survive it: restarts cannot put off the policy for ever."""
    bench = a_bench(OnDeath.CANCEL)
    opened(bench)
    waited = 0
    for boot in range(80, 90):
        wait(bench, 6)
        waited += 6
        if "orphaned" in stages(bench):
            break
        bench = bench.restarted(boot)
        bench.session_boot += 1
        bench.sequence = 0
        bench.hello()
    assert GRACE_S <= waited <= 2 * GRACE_S


def test_time_without_a_router_is_no_absence():
    """A night in which nothing ran leaves the grace time as it was."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    wait(bench, 6)
    bench.mono_ns += 8 * 3600 * 1_000_000_000
    bench.wall_ns += 8 * 3600 * 1_000_000_000
    other = bench.restarted()
    wait(other, 10)
    assert stages(other)[-1] == "silent"
    other.boots["alpha"] = 55
    other.greet("alpha")
    wait(other, 2, "alpha")
    assert stages(other)[-1] == "back"
    assert other.core.book.orders.get(order.client_order_id).pending is None


def test_a_policy_in_force_survives_the_router():
    """Orphaned is orphaned: the next boot cancels what its predecessor could not."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    wait(bench, GRACE_S + 1)
    other = bench.restarted()
    again = other.core.book.orders.get(order.client_order_id)
    other.session_boot += 1
    other.sequence = 0
    other.open_venue()
    other.update(again, UpdateKind.CANCEL_REJECTED)
    sent = len(other.sent)
    wait(other, 3)
    assert of_kind([m for _, m in other.sent[sent:]], CancelOrder)
    assert other.core.dump() == _replayed(other)


def _replayed(bench: Bench) -> bytes:
    from engine.orders.book import BookOfOrders
    from engine.orders.dump import dump

    book = BookOfOrders()
    for body in bench.journal:
        book.apply(r.from_bytes(body))
    return dump(book)


def test_a_strategy_that_was_given_up_is_absent_at_once():
    """The supervisor's word begins the grace time with its reason; what the dead still say is no life."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    wait(bench, 2, "alpha", "beta")
    bench.core.told_of("strategy.alpha", "3 restarts in 300 s")
    bench.tick(0.1)
    (absence,) = absences(bench)
    assert (absence.strategy, absence.stage) == ("alpha", r.Absence.SILENT)
    assert absence.reason == "the supervisor has given it up: 3 restarts in 300 s"
    wait(bench, GRACE_S - 2, "alpha", "beta")
    assert order.pending is None
    wait(bench, 3, "alpha", "beta")
    assert order.pending is Pending.CANCEL
    (alarm,) = [each for each in bench.ask("alarms") if each["kind"] == "orphaned"]
    assert "given it up: 3 restarts in 300 s; on_death = cancel" in alarm["text"]


@pytest.mark.parametrize("by", ["hello", "supervisor"])
def test_a_strategy_that_was_given_up_can_come_back(by: str):
    """A greeting is the word of a living process; so is the supervisor's that it was started again."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    bench.core.told_of("strategy.alpha", "gone")
    wait(bench, GRACE_S / 2)
    if by == "hello":
        bench.boots["alpha"] = 55
        bench.greet("alpha")
    else:
        bench.core.told_of("strategy.alpha", "")
    wait(bench, 2 * GRACE_S, "alpha")
    assert order.pending is None
    assert stages(bench)[-1] == "back"


def test_what_is_given_up_without_orders_is_no_orphan():
    """Nothing is at stake, so nothing is written; others are not meant."""
    bench = a_bench(OnDeath.CANCEL)
    other = opened(bench, "beta")
    bench.core.told_of("strategy.alpha", "gone")
    wait(bench, 2 * GRACE_S, "beta")
    assert stages(bench) == []
    assert other.pending is None


def test_the_policy_of_a_removed_strategy_still_holds():
    """What was declared for it is in the journal; its orders are listed as nobody's until then."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    wait(bench, 2, "alpha")
    bench.config = attrs.evolve(bench.config, strategies={"beta": bench.config.strategies["beta"]})
    other = bench.restarted()
    other.session_boot += 1
    other.sequence = 0
    other.hello()
    left = other.core.book.orders.get(order.client_order_id)
    (row,) = other.ask("orders", open=True)
    assert (row["strategy"], row["orphaned"]) == ("alpha", True)
    wait(other, GRACE_S + 1)
    (alarm,) = [each for each in other.ask("alarms") if each["kind"] == "orphaned"]
    assert "not in the configuration" in alarm["text"]
    assert left.account == ACCOUNT
    other.state(VenueStateWord.RECONCILING)
    wait(other, 1)
    planned = of_kind([r.from_bytes(b) for b in other.journal], r.CancelPlanned)
    assert planned[-1].targets == (order.client_order_id,)


def test_orders_of_a_removed_strategy_can_be_claimed():
    """The operator takes them over: then they are nobody's orphans any more."""
    bench = a_bench(OnDeath.KEEP)
    order = opened(bench)
    bench.config = attrs.evolve(bench.config, strategies={"beta": bench.config.strategies["beta"]})
    other = bench.restarted()
    answer = other.ask("claim", "alpha is history", order=order.client_order_id)
    assert answer["claimed"] == 1
    (row,) = other.ask("orders", open=True)
    assert (row["strategy"], row["orphaned"]) == ("operator", False)
    wait(other, 3 * GRACE_S)
    assert "orphaned" not in stages(other)


@pytest.mark.parametrize("on_death", list(OnDeath))
def test_a_strategy_without_anything_at_stake_may_go(on_death):
    """No record and no alarm for who leaves nothing behind."""
    bench = a_bench(on_death)
    wait(bench, 2 * GRACE_S)
    assert stages(bench) == []
    assert bench.ask("alarms") == []


def test_declarations_are_written_when_they_change():
    """Once, not with each boot; the default needs no record."""
    bench = a_bench(OnDeath.CANCEL)
    other = bench.restarted().restarted(73)
    declared = of_kind([r.from_bytes(b) for b in other.journal], r.OwnerDeclared)
    assert [(d.strategy, d.on_death.value, d.grace_s) for d in declared] == [
        ("alpha", "cancel", GRACE_S),
        ("beta", "keep", GRACE_S),
    ]
    assert Bench(settings()).core.book.declared == {}


def flattenings(bench: Bench) -> int:
    """Jobs that this boot has begun."""
    return bench.ask("flatten", "count", instrument=ETH)["job"]


def test_h6_what_no_order_can_close_begins_no_job_again_and_again():
    """A position below the smallest order is flat as far as it can be, until it changes."""
    bench = a_bench(OnDeath.CANCEL_AND_FLATTEN)
    bench.fill(bench.submit(quantity=D(4)), "f1", "4")
    bench.define(instrument(BTC, min_quantity=D(5)), instrument(ETH))
    before = flattenings(bench)
    wait(bench, GRACE_S + 30)
    assert stages(bench)[-1] == "orphaned"
    assert flattenings(bench) == before + 2
    bench.define(instrument(BTC), instrument(ETH))
    sent = len(bench.sent)
    wait(bench, 2)
    (command,) = of_kind([m for _, m in bench.sent[sent:]], SubmitOrder)
    assert command.quantity == 4


def test_h6_jobs_that_run_are_not_forgotten_for_new_ones():
    """Fifty run: another is refused with what to do, and each of the fifty is still known."""
    bench = a_bench(OnDeath.KEEP)
    opened(bench)
    jobs = [bench.ask("flatten", "drill", strategy="alpha")["job"] for _ in range(JOBS_MAX)]
    (reply,) = bench.operate("flatten", "one more", strategy="alpha")
    assert not reply.ok
    assert "ask again" in reply.error
    assert all(bench.ask("flatten-progress", job=job)["stage"] == "cancelling" for job in jobs)
    (order,) = bench.core.book.orders.open_of_strategy("alpha")
    bench.update(order, UpdateKind.CANCELLED)
    wait(bench, 1)
    assert bench.ask("flatten", "one more", strategy="alpha")["stage"] == "flat"


def test_m1_orphans_are_not_cancelled_while_the_venue_is_away():
    """No record for what cannot be sent; soon after the log-in they are cancelled, once."""
    bench = a_bench(OnDeath.CANCEL)
    order = opened(bench)
    bench.state(VenueStateWord.DISCONNECTED)
    records = len(bench.journal)
    wait(bench, GRACE_S + 20)
    new = [r.from_bytes(body) for body in bench.journal[records:]]
    assert not of_kind(new, r.CancelPlanned) + of_kind(new, r.OrderEventRecord)
    bench.state(VenueStateWord.RECONCILING)
    wait(bench, 1)
    assert order.pending is Pending.CANCEL
