"""The order path: a new order's command leaves between its record and what the record changes."""

from engine.messages.venue import CancelOrder, SubmitOrder
from engine.model.enums import Lifecycle, Side
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


def test_cancels_and_the_rest_wait_for_their_batch():
    """They are told by `sends`, in the order in which they were decided."""
    seen = []
    bench = ready(lambda _bench: lambda *sent: seen.append(sent) or "")
    order = bench.submit()
    sent = bench.cancel(order)
    assert of_kind(sent, CancelOrder)
    assert len(seen) == 1
