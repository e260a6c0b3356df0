"""The order path: a new order's command leaves between its record and what the record changes."""

from engine.messages.orders import CancelIntent, intent_id_of
from engine.messages.venue import CancelOrder, QueryOrder, ReplaceOrder, SubmitOrder, UpdateKind
from engine.model.enums import Lifecycle, Pending, Side
from engine.risk.limits import Limits, RiskSettings, SelfMatch
from tests.kit.orders import SESSION, Bench, D, of_kind, settings


def ready(forward) -> Bench:
    bench = Bench().open_venue()
    bench.price()
    bench.greet()
    bench.core.forward_by(forward(bench))
    return bench


def test_the_command_leaves_after_its_record_and_before_the_order_is_in_the_book():
    seen = []

    def forward(bench):
        def at_once(destination, message):
            seen.append(
                (destination, message, len(bench.journal), len(list(bench.core.book.orders)))
            )
            return ""

        return at_once

    bench = ready(forward)
    before = len(bench.journal)
    sent = bench.send(bench.intent())
    ((where, command, journaled, in_book),) = seen
    assert (where, journaled, in_book) == (SESSION, before + 1, 0)
    assert isinstance(command, SubmitOrder)
    assert not of_kind(sent, SubmitOrder)
    (order,) = bench.core.book.orders
    assert order.client_order_id == command.client_order_id


def test_what_could_not_leave_at_once_is_an_order_that_never_arrived():
    bench = ready(lambda _bench: lambda _destination, _message: "its queue is full")
    outcome = bench.core.handle(bench.intent(), "strategy.alpha", bench.now)
    (refused,) = outcome.refused
    bench.core.undelivered(*refused, bench.now)
    (order,) = bench.core.book.orders
    assert order.lifecycle is Lifecycle.NEVER_ARRIVED


def test_without_a_record_nothing_leaves_at_once():
    seen = []
    bench = ready(lambda _bench: lambda *sent: seen.append(sent) or "")
    bench.disk_full = True
    bench.send(bench.intent())
    assert seen == []
    assert not list(bench.core.book.orders)


def test_an_own_order_makes_way_before_the_new_one_leaves():
    """PT-16: a cancel that waited for the batch would come after the order that it is for."""
    bench = Bench(settings(RiskSettings(defaults=Limits(self_match=SelfMatch.CANCEL_OLDEST))))
    bench.open_venue()
    bench.greet()
    sell = bench.submit(side=Side.SELL, price=D(101))
    seen = []
    bench.core.forward_by(lambda _destination, message: seen.append(message) or "")
    bench.submit(price=D(102))
    assert [type(message) for message in seen] == [CancelOrder, SubmitOrder]
    assert seen[0].client_order_id == sell.client_order_id


def test_h5_an_order_does_not_overtake_the_cancel_before_it():
    """Cancel an own sell and buy at its price, in one batch: the cancel is on the wire first."""
    bench = Bench(settings(RiskSettings(defaults=Limits(self_match=SelfMatch.CANCEL_OLDEST))))
    bench.open_venue()
    bench.greet()
    sell = bench.submit(side=Side.SELL, price=D(101))
    seen = []
    bench.core.forward_by(lambda _destination, message: seen.append(message) or "")
    bench.cancel(sell)
    bench.submit(price=D(102))
    assert [type(message) for message in seen] == [CancelOrder, SubmitOrder]


def test_h5_changes_leave_at_once_as_well():
    """In the order in which they were decided, whatever they are."""
    seen = []
    bench = ready(lambda _bench: lambda _destination, message: seen.append(message) or "")
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.modify(order, price=D(99))
    bench.submit(price=D(98))
    assert [type(message) for message in seen] == [SubmitOrder, ReplaceOrder, SubmitOrder]


def test_h5_nothing_overtakes_what_waits_for_its_batch():
    """A question that was noted and has not left keeps the command after it in line behind it."""
    seen = []
    bench = ready(lambda _bench: lambda _destination, message: seen.append(message) or "")
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.cancel(order)
    settled, bench.core.settled = bench.core.settled, lambda: None
    question = bench.update(order, UpdateKind.CANCEL_REJECTED)
    assert of_kind(question, QueryOrder)
    del seen[:]
    sent = bench.send(bench.intent())
    assert (seen, len(of_kind(sent, SubmitOrder))) == ([], 1)
    settled()
    bench.submit()
    assert [type(message) for message in seen] == [SubmitOrder]


def test_a_cancel_that_could_not_leave_at_once_is_told():
    """The order stays as it was, and may be cancelled again."""
    bench = ready(lambda _bench: lambda _destination, _message: "")
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.core.forward_by(lambda _destination, _message: "its queue is full")
    bench.counters["alpha"] += 1
    wish = CancelIntent(
        intent_id=intent_id_of("alpha", bench.boots["alpha"], bench.counters["alpha"]),
        strategy="alpha",
        boot=bench.boots["alpha"],
        counter=bench.counters["alpha"],
        target=order.intent_id,
        created_mono_ns=bench.mono_ns,
    )
    outcome = bench.core.handle(wish, "strategy.alpha", bench.now)
    assert order.pending is Pending.CANCEL
    (refused,) = outcome.refused
    bench.core.undelivered(*refused, bench.now)
    assert (order.lifecycle, order.pending) == (Lifecycle.OPEN, None)


def test_a_cancel_leaves_at_once_without_a_record():
    """A full disk keeps no cancel back."""
    seen = []
    bench = ready(lambda _bench: lambda _destination, message: seen.append(message) or "")
    order = bench.submit()
    bench.disk_full = True
    bench.cancel(order)
    assert [type(message) for message in seen] == [SubmitOrder, CancelOrder]
