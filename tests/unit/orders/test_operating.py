"""The operator's verbs: dry runs, reasons, entries in the journal, claims and the agreement with a venue."""

import json

import pytest

from engine.messages.orders import ExecutionReport
from engine.messages.venue import CancelOrder, ReconcileRequest, UpdateKind
from engine.model.enums import ExecType, Lifecycle, Origin, Pending, VenueStateWord
from engine.orders import records as r
from tests.kit.orders import BTC, ETH, SESSION, Bench, D, held, of_kind, settings, venue_order


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.greet("alpha")
    made.greet("beta")
    return made.open_venue()


def refused(bench: Bench, verb: str, reason: str = "because", **arguments) -> str:
    (reply,) = bench.operate(verb, reason, **arguments)
    assert not reply.ok
    return reply.error


def records_of(bench: Bench, kind: type) -> list:
    return of_kind([r.from_bytes(body) for body in bench.journal], kind)


def opened(bench: Bench, **changes):
    order = bench.submit(**changes)
    bench.update(order, UpdateKind.ACCEPTED)
    return order


# --- what all of them have in common ----------------------------------------------------------------


def blocked(bench: Bench) -> str:
    """A position that nobody can explain, found twice; the venue."""
    for _ in range(2):
        bench.ask("reconcile-run", "look", venue="testvenue")
        bench.answer(positions=(held(BTC, 7),))
    return "testvenue"


def in_doubt(bench: Bench):
    order = bench.submit()
    bench.update(order, UpdateKind.UNKNOWN)
    return order


@pytest.mark.parametrize(
    ("verb", "prepare"),
    [
        ("note", lambda _: {"done": "venue-stop", "venue": "testvenue"}),
        ("cancel", lambda b: {"orders": [opened(b).client_order_id]}),
        ("cancel-all", lambda b: {"scope": f"strategy:{opened(b).strategy}"}),
        ("reconcile-run", lambda _: {"venue": "testvenue"}),
        ("reconcile-accept", lambda b: {"venue": blocked(b)}),
        ("claim", lambda b: {"order": stranger(b).client_order_id}),
        (
            "resolve",
            lambda b: {"client_order_id": in_doubt(b).client_order_id, "lifecycle": "open"},
        ),
        ("bust", lambda b: {"venue": "testvenue", "fill_key": filled(b)}),
    ],
)
def test_a_dry_run_changes_nothing(bench, verb, prepare):
    """It shows what would happen; no record, no message, and the state is the same to the byte.

    Then the verb itself does something, once, with a reason, and the entry says who, what and why.
    """
    arguments = prepare(bench)
    before, sent, records = bench.core.dump(), len(bench.sent), len(bench.journal)
    answer = bench.ask(verb, "", dry_run=True, **arguments)
    assert answer["dry_run"] is True
    assert answer["would"]
    assert (bench.core.dump(), len(bench.sent), len(bench.journal)) == (before, sent, records)

    if verb != "cancel-all":
        assert "--reason" in refused(bench, verb, " ", **arguments)
        assert len(bench.journal) == records
    outcome = bench.ask(verb, "seen it", **arguments)
    (act,) = [each for each in records_of(bench, r.OperatorAct) if each.reason == "seen it"]
    assert (act.role, act.verb, json.loads(act.arguments)) == ("operator", verb, arguments)
    assert json.loads(act.outcome) == outcome
    assert bench.restarted().core.book.acts == bench.core.book.acts


def filled(bench: Bench) -> str:
    bench.fill(opened(bench), "f1", "4")
    return "f1"


def test_a_repeated_request_is_answered_again_and_not_done_again(bench):
    """The id decides, also after a restart; the same id for something else is refused."""
    order = opened(bench)
    name = order.client_order_id
    first = bench.operate("cancel", "why", request_id="one", orders=[name])
    bench.update(order, UpdateKind.CANCEL_REJECTED)
    sent = len(bench.sent)
    again = bench.operate("cancel", "why", request_id="one", orders=[name])
    assert again[0].body == first[0].body
    assert len(bench.sent) == sent
    other = bench.restarted()
    assert other.operate("cancel", "why", request_id="one", orders=[name])[0].body == first[0].body
    (reply,) = other.operate("cancel", "why", request_id="one", orders=["other"])
    assert "request one was cancel" in reply.error


def test_what_was_done_without_a_journal_is_answered(bench):
    """A full disk keeps no cancel back: it is sent, only its entry is missing."""
    order = opened(bench)
    bench.disk_full = True
    before = len(bench.sent)
    assert bench.ask("cancel", "now", orders=[order.client_order_id])
    assert of_kind([m for _, m in bench.sent[before:]], CancelOrder)


# --- cancels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["client_order_id", "venue_order_id", "intent_id"])
def test_orders_are_cancelled_by_any_of_their_names(bench, name):
    """Ours, the strategy's and the venue's; the record says who and why."""
    order = opened(bench)
    bench.ask("cancel", "fat finger", orders=[getattr(order, name)])
    assert order.pending is Pending.CANCEL
    (planned,) = records_of(bench, r.CancelPlanned)
    assert (planned.by, planned.reason) == ("operator", "fat finger")


def test_cancels_by_hand_say_what_cannot_be_cancelled(bench):
    """An unknown name and a finished order are refused before anything is cancelled."""
    order, done = opened(bench), opened(bench)
    bench.update(done, UpdateKind.CANCELLED)
    assert "no order 'x'" in refused(bench, "cancel", orders=[order.client_order_id, "x"])
    assert "cancelled" in refused(bench, "cancel", orders=[done.client_order_id])
    assert "name the orders" in refused(bench, "cancel", orders=[])
    assert order.pending is None


# --- claims -----------------------------------------------------------------------------------------


def stranger(bench: Bench, name: str = "theirs-1", **changes):
    """A stranger's order to buy 10 BTC at 95, found by a comparison."""
    template = next(iter(bench.core.book.orders), None) or opened(bench)
    bench.ask("reconcile-run", "look", venue="testvenue")
    ours = [
        venue_order(o)
        if o.origin is Origin.OURS
        else venue_order(o, client_order_id="", venue_order_id=o.venue_order_id)
        for o in bench.core.book.orders
    ]
    theirs = {"client_order_id": "", "venue_order_id": name, "price": D(95)}
    bench.answer(orders=(*ours, venue_order(template, **{**theirs, **changes})))
    order = bench.core.book.orders.by_venue_id("testvenue.live", name)
    assert order is not None
    assert (order.origin, order.strategy) == (Origin.EXTERNAL, "")
    return order


def test_strangers_orders_are_cancelled_only_once_claimed(bench):
    """T-070: counted in the account's exposure, not touched; claimed, then cancelled by the venue's id."""
    book = bench.core.book
    order = stranger(bench)
    assert book.account_exposure.instrument("testvenue.live", BTC).buys == 20
    assert "claim" in refused(bench, "cancel", orders=["theirs-1"])
    answer = bench.ask("claim", "it is mine", order="theirs-1")
    assert answer == {"owner": "operator", "claimed": 1, "orders": [order.client_order_id]}
    assert book.strategy_exposure.instrument("operator", BTC).buys == 10
    assert book.account_exposure.instrument("testvenue.live", BTC).buys == 20
    before = len(bench.sent)
    bench.ask("cancel", "not needed", orders=["theirs-1"])
    (command,) = of_kind([m for _, m in bench.sent[before:]], CancelOrder)
    assert (command.client_order_id, command.venue_order_id) == ("", "theirs-1")
    bench.session(_cancelled("theirs-1"))
    assert order.lifecycle is Lifecycle.CANCELLED
    assert book.strategy_exposure.orders("operator") == 0


def _cancelled(venue_order_id: str):
    from engine.messages.venue import OrderUpdate

    return OrderUpdate(
        session="", boot=0, sequence=0, client_order_id="", venue_order_id=venue_order_id,
        kind=UpdateKind.CANCELLED, cum_qty=None, price=None, quantity=None, code="", text="",
        ts_ns=0,
    )  # fmt: skip


def test_a_claimed_order_is_its_strategys_from_then_on(bench):
    """It is told by a numbered report, its fills move the strategy's position, and it can cancel it."""
    order = stranger(bench)
    before = len(bench.sent)
    bench.ask("claim", "alpha made it before the crash", order="theirs-1", owner="alpha")
    (report,) = of_kind([m for _, m in bench.sent[before:]], ExecutionReport)
    assert (report.exec_type, report.strategy, report.number > 0) == (
        ExecType.STATUS,
        "alpha",
        True,
    )
    assert report.intent_id == order.client_order_id
    bench.fill(order, "f9", "4", venue_order_id="theirs-1", client_order_id="")
    assert bench.core.book.strategies.quantity("alpha", BTC) == 4
    assert of_kind(bench.cancel(order), CancelOrder)
    again = bench.restarted()
    assert again.core.book.strategies.quantity("alpha", BTC) == 4
    adopted = again.core.book.orders.get(order.client_order_id)
    assert (adopted.strategy, adopted.intent_id) == ("alpha", order.client_order_id)


def test_a_claimed_order_is_not_changed(bench):
    """The venue knows it by its own name only: a change is denied, a cancel is not."""
    order = stranger(bench)
    bench.ask("claim", "mine", order="theirs-1", owner="alpha")
    bench.modify(order, price=D(94))
    assert "ORDER_NOT_REPLACEABLE" in bench.last_denial()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"order": "theirs-1", "owner": "gamma"}, "alpha, beta, operator"),
        ({"order": "nobody"}, "no order"),
        ({"account": "testvenue"}, "all of its orders"),
        ({"order": "theirs-eth", "owner": "beta"}, "may not trade"),
    ],
)
def test_claims_that_cannot_be(bench, arguments, words):
    """An owner must be there and may trade the instrument; orders of others stay theirs."""
    stranger(bench)
    stranger(bench, "theirs-eth", instrument=ETH)
    assert words in refused(bench, "claim", **arguments)
    ours = opened(bench)
    assert "belongs to alpha" in refused(bench, "claim", order=ours.client_order_id)


def test_all_of_an_account_are_claimed(bench):
    """Every open order without an owner, and none of ours."""
    ours = opened(bench)
    orders = [stranger(bench), stranger(bench, "theirs-2")]
    answer = bench.ask("claim", "all mine", account="testvenue", all=True)
    assert answer["claimed"] == 2
    assert [order.strategy for order in orders] == ["operator", "operator"]
    assert ours.strategy == "alpha"
    assert "no open order" in refused(bench, "claim", account="testvenue", all=True)


def test_the_configuration_may_claim_strangers_orders():
    """ORD-12: given to the owner it names as they are found, and only what that owner may trade."""
    import attrs

    base = settings()
    claiming = attrs.evolve(base.trade_sessions[SESSION], claim_external="beta")
    bench = Bench(settings(trade_sessions={SESSION: claiming}))
    bench.greet("beta")
    bench.greet("alpha")
    bench.open_venue()
    template = opened(bench)
    bench.ask("reconcile-run", "look", venue="testvenue")
    theirs = {"client_order_id": "", "price": D(95)}
    bench.answer(
        orders=(
            venue_order(template),
            venue_order(template, venue_order_id="t-1", **theirs),
            venue_order(template, venue_order_id="t-2", instrument=ETH, **theirs),
        )
    )
    orders = bench.core.book.orders
    owners = [orders.by_venue_id("testvenue.live", name).strategy for name in ("t-1", "t-2")]
    assert owners == ["beta", ""]
    (claimed,) = records_of(bench, r.OrderClaimed)
    assert (claimed.owner, claimed.by) == ("beta", "configuration")


# --- the agreement ----------------------------------------------------------------------------------


def test_the_agreement_shows_suspicion_and_block(bench):
    """First suspected, then blocked, with what accepting would change; then agreed again."""
    (row,) = bench.ask("reconcile-show")
    assert (row["state"], row["blocked"], row["suspected"]) == ("ready", [], [])
    assert row["agreed_ns"] > 0
    bench.ask("reconcile-run", "look", venue="testvenue")
    assert bench.ask("reconcile-show")[0]["comparing"] is True
    bench.answer(positions=(held(BTC, 7),))
    (row,) = bench.ask("reconcile-show", venue="testvenue")
    assert row["suspected"] == [f"position {BTC}: 0 here, 7 at the venue"]
    blocked(bench)
    (row,) = bench.ask("reconcile-show")
    assert row["blocked"] == [f"position {BTC}: 0 here, 7 at the venue"]
    assert row["would_accept"] == [f"position {BTC}: 0 here, 7 at the venue: take the venue's"]
    assert "reconcile accept testvenue" in row["next"]
    assert bench.ask("accept", "known", venue="testvenue")["settled"] == 1
    bench.answer(positions=(held(BTC, 7),))
    (row,) = bench.ask("reconcile-show")
    assert (row["state"], row["blocked"]) == ("ready", [])


def test_a_comparison_by_hand_needs_a_session(bench):
    """Nobody can be asked while the session is not logged in."""
    assert of_kind([m for _, m in bench.sent], ReconcileRequest)
    bench.state(VenueStateWord.DISCONNECTED, "closed by the venue")
    assert "closed by the venue" in refused(bench, "reconcile-run", venue="testvenue")
    (row,) = bench.ask("reconcile-show")
    assert "not logged in" in row["next"]
