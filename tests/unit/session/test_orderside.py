import attrs
import pytest

from engine.errors import LimitExceeded
from engine.messages.venue import OrderUpdate, ReconcilePart, SubmitOrderList, UpdateKind
from engine.model.enums import Contingency, Mode, Pending, VenueStateWord
from engine.session.contract import Note, Now
from engine.session.gate import Gate
from engine.session.orderside import OrderSide
from tests.kit.commands import (
    BOOT,
    NOW,
    ROUTER,
    cancel,
    cancel_all,
    done,
    query,
    replace,
    request,
    submit,
)

LATER = NOW + 10_000_000_000


class Protocol:
    """Notes every command it is given."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        def called(command, _now):
            self.calls.append((name, command))
            return [Note(name)]

        return called


class Driver:
    """Applies to a list; each look at the clock is a microsecond later."""

    def __init__(self):
        self.applied = []
        self.mono_ns = NOW

    def now(self):
        self.mono_ns += 1_000
        return Now(self.mono_ns, 77)

    def apply(self, effects):
        self.applied += effects


class Uplink:
    """Keeps what is sent; may refuse large parts."""

    def __init__(self):
        self.sent = []
        self.large = ()

    def send(self, message):
        if isinstance(message, self.large) and message.orders:
            raise LimitExceeded("too large")
        self.sent.append(message)
        return True


class Desk:
    """An order side with its neighbours."""

    def __init__(self, *, open_gate=True):
        self.protocol, self.driver, self.uplink = Protocol(), Driver(), Uplink()
        self.gate = Gate(boot=BOOT, mode=Mode.LIVE)
        self.side = OrderSide(self.protocol, uplink=self.uplink, gate=self.gate)
        self.gate.welcomed(ROUTER)
        if open_gate:
            self.gate.reconciling(request())
            self.gate.reconciled(done())

    def command(self, command):
        self.side.command(command, self.driver)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (submit, "submit"),
        (cancel, "cancel"),
        (replace, "replace"),
        (query, "query"),
        (cancel_all, "cancel_all"),
        (request, "reconcile"),
    ],
)
def test_each_command_reaches_its_method_once(make, name):
    """A command that passes the gate is given to the protocol once and its effects carried out."""
    desk = Desk()
    given = make() if make in (query, cancel_all, request) else make(expires_mono_ns=LATER)
    desk.command(given)
    assert desk.protocol.calls == [(name, given)]
    assert desk.driver.applied == [Note(name)]
    assert desk.uplink.sent == []


@pytest.mark.parametrize(
    ("make", "pending"),
    [(submit, Pending.NEW), (cancel, Pending.CANCEL), (replace, Pending.REPLACE)],
)
def test_what_is_refused_is_answered_and_never_given(make, pending):
    """A late command is answered `not_sent`, naming which request it was."""
    desk = Desk()
    desk.command(make(expires_mono_ns=1))
    (update,) = desk.uplink.sent
    assert (update.kind, update.command) == (UpdateKind.NOT_SENT, pending)
    assert (update.client_order_id, update.code) == ("c-1", "NOT_SENT_EXPIRED")
    assert type(update.code) is str
    assert desk.protocol.calls == []
    assert desk.side.refused == 1


def listed(**changes):
    """Two orders of which one cancels the other."""
    orders = (submit(**changes), submit(client_order_id="c-2", **changes))
    common = {name: getattr(orders[0], name) for name in ("session_boot", "router_boot", "mode")}
    return SubmitOrderList(
        expires_mono_ns=orders[0].expires_mono_ns,
        contingency=Contingency.OCO,
        orders=orders,
        **common,
    )


def test_a_list_reaches_a_protocol_that_takes_lists():
    """Whole, and once."""
    desk = Desk()
    command = listed(expires_mono_ns=LATER)
    desk.command(command)
    assert desk.protocol.calls == [("submit_list", command)]
    assert desk.uplink.sent == []


def test_a_late_list_is_answered_for_each_of_its_orders():
    """Nobody else would say that the second was not sent."""
    desk = Desk()
    desk.command(listed(expires_mono_ns=1))
    told = [(update.client_order_id, update.kind) for update in desk.uplink.sent]
    assert told == [("c-1", UpdateKind.NOT_SENT), ("c-2", UpdateKind.NOT_SENT)]
    assert desk.protocol.calls == []


def test_a_protocol_that_takes_no_lists_is_given_none():
    """The router knows by the capabilities; a wrong one is no reason for a crash."""
    desk = Desk()
    plain = {"submit", "cancel", "replace", "query", "cancel_all", "reconcile"}
    taker = type("Taker", (), {name: lambda _self, _c, _n: [] for name in plain})()
    desk.side = OrderSide(taker, uplink=desk.uplink, gate=desk.gate)
    desk.command(listed(expires_mono_ns=LATER))
    assert [update.code for update in desk.uplink.sent] == ["NOT_SENT_UNABLE"] * 2


def test_questions_of_another_boot_are_dropped_and_a_reconciliation_is_answered():
    """Nobody waits for a query; a reconciliation that cannot be had says so."""
    desk = Desk()
    desk.command(query(session_boot=1))
    desk.command(cancel_all(session_boot=1))
    assert desk.uplink.sent == []
    desk.command(request(4, session_boot=1))
    (part,) = desk.uplink.sent
    assert (part.request_id, part.last, part.complete) == (4, True, False)
    assert part.error


def test_after_stop_nothing_is_sent():
    """A stopping session answers every command, cancels included."""
    desk = Desk()
    desk.side.stop()
    desk.command(submit(expires_mono_ns=LATER))
    desk.command(cancel(expires_mono_ns=LATER))
    assert [update.code for update in desk.uplink.sent] == ["NOT_SENT_STOPPING"] * 2


def test_a_new_state_closes_the_gate_until_the_router_agrees():
    """Login, loss, anything new: orders wait for a reconciliation that began after it."""
    desk = Desk()
    desk.side.state(VenueStateWord.RECONCILING, "logged in")
    assert not desk.side.reconciled(done())
    desk.command(submit(expires_mono_ns=LATER))
    assert desk.uplink.sent[0].code == "NOT_SENT_GATE"
    desk.command(request(5))
    assert desk.side.reconciled(done(5))
    assert desk.gate.is_open


def test_latency_is_counted_for_orders_with_a_tick():
    """From the tick's stamp to the order's effects carried out; orders without a tick do not count."""
    desk = Desk()
    desk.command(submit(expires_mono_ns=LATER, tick_mono_ns=NOW - 98_000))
    desk.command(submit(expires_mono_ns=LATER))
    figures = desk.side.tick_to_order.figures()
    assert figures["count"] == 1
    assert 97 <= figures["p50"] <= 103


def test_a_part_that_cannot_travel_ends_the_reconciliation_with_an_error():
    """The router never waits for a part that is too large for the bus."""
    desk = Desk()
    desk.uplink.large = ReconcilePart
    part = ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=3,
        part=2,
        last=False,
        complete=True,
        since_ns=9,
        orders=("many",),
        fills=(),
        positions=(),
        balances=(),
        error="",
    )
    desk.side.report(part)
    (told,) = desk.uplink.sent
    assert told == attrs.evolve(part, orders=(), last=True, complete=False, error="too large")


def test_news_goes_on_as_it_is():
    """The side adds nothing and leaves nothing out; numbering is the uplink's."""
    desk = Desk()
    update = OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id="c",
        venue_order_id="",
        kind=UpdateKind.ACCEPTED,
        cum_qty=None,
        price=None,
        quantity=None,
        code="",
        text="",
        ts_ns=1,
    )
    desk.side.report(update)
    assert desk.uplink.sent == [update]
