"""Calls of the trade side and the meaning of their answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.capabilities import BUDGETS as DECLARED
from actors.venues.longbridge.errors import Verdict
from actors.venues.longbridge.rest import BUDGETS, Fate, Path, Rest, read_answer, read_failure
from actors.venues.longbridge.signature import Credentials
from engine.session.callqueue import CallQueue
from engine.session.contract import CallFailure, CallKind, HttpResponse
from tests.kit.longbridge_trade import SECRETS, answer, at, settings

SIGNATURE = "X-Api-Signature"


def rest(**changes: object) -> Rest:
    chosen = settings(**changes)
    return Rest(chosen, Calls(chosen, Credentials.of(SECRETS)))


def test_the_sheet_s_vectors_are_what_is_sent():
    """Query and body exactly as the venue's own client signs them."""
    made = rest().get(Path.TODAY_ORDERS, at(0), (("status", "FilledStatus"),))
    assert made.path == "/v1/trade/order/today?status=FilledStatus"
    expected = "cab60d928b67b1494dce58fe24e95ed2295f09220b8f0945345c83a1a46a31ab"
    assert made.headers[SIGNATURE].endswith(f"Signature={expected}")
    body = {
        "symbol": "700.HK",
        "order_type": "LO",
        "side": "Buy",
        "submitted_quantity": "200",
        "time_in_force": "Day",
        "submitted_price": "320.6",
        "remark": "fill",
    }
    order = rest().submit(body, at(0), "fill", 0)
    expected = "2e4e3c5da3cd7f55dc1fbb76a5e358412308412a971dc993c23f3785db4990c5"
    assert order.headers[SIGNATURE].endswith(f"Signature={expected}")
    assert json.loads(order.body) == body


def test_every_interface_has_a_declared_budget_within_the_spacing():
    """A call of an undeclared budget would be a bug; all keep 20 ms between them."""
    declared = {budget.name: budget for budget in DECLARED}
    assert set(BUDGETS.values()) <= set(declared)
    assert {declared[name].within for name in BUDGETS.values()} == {"trade"}
    queue = CallQueue(DECLARED)
    calls = rest()
    for call in (calls.cancel("1", at(0)), calls.get(Path.POSITIONS, at(0))):
        assert queue.add(call) == ""
    assert queue.next(at(0).mono_ns, frozenset(CallKind)) is not None
    assert queue.next(at(0.01).mono_ns, frozenset(CallKind)) is None
    assert queue.next(at(0.021).mono_ns, frozenset(CallKind)) is not None


def test_cancels_have_the_kind_that_is_reserved_for_them():
    """And name their order in the query."""
    call = rest().cancel("701", at(0), "p1", 5)
    assert (call.method, call.path) == ("DELETE", "/v1/trade/order?order_id=701")
    assert (call.kind, call.order, call.expires_mono_ns) == (CallKind.CANCEL, "p1", 5)
    assert call.body == b""


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 3)), max_size=40))
def test_no_two_requests_are_equal_to_the_venue(made: list[tuple[int, float]]):
    """Whatever is asked how often within a second: the signature is another one (403202)."""
    calls = rest()
    ways = (
        lambda now: calls.cancel("701", now),
        lambda now: calls.cancel("702", now),
        lambda now: calls.replace({"order_id": "701", "quantity": "1"}, now, "p1", 0),
        lambda now: calls.get(Path.TODAY_ORDERS, now),
    )
    sent = [ways[which](at(second)) for which, second in sorted(made, key=lambda each: each[1])]
    signed = [(call.method, call.path, call.headers[SIGNATURE]) for call in sent]
    assert len(set(signed)) == len(signed)
    assert len({call.call_id for call in sent}) == len(sent)


@pytest.mark.parametrize(
    ("response", "verdict", "code_text"),
    [
        (answer({}), Verdict.OK, "0"),
        (answer(code=602035, status=400), Verdict.REFUSED, "602035"),
        (answer(code=429002, status=429), Verdict.RATE, "429002"),
        (HttpResponse(429, {}, b"slow down"), Verdict.RATE, "http-429"),
        (HttpResponse(500, {}, b""), Verdict.UNKNOWN, "http-500"),
        (HttpResponse(200, {}, b"<html>"), Verdict.UNKNOWN, "http-200"),
        (HttpResponse(200, {}, b'{"code":"0"}'), Verdict.UNKNOWN, "http-200"),
    ],
)
def test_an_answer_says_what_is_known(response: HttpResponse, verdict: Verdict, code_text: str):
    """With and without the venue's envelope."""
    read = read_answer(response)
    assert (read.fate, read.verdict, read.code_text) == (Fate.ANSWERED, verdict, code_text)


def test_words_say_what_to_do_and_name_the_trace():
    """The venue's text, ours, and what its support asks for."""
    words = read_answer(answer(code=403201, status=403)).words
    assert words == "403201 no (the signature is invalid: check app_secret) [trace t-1]"


def test_a_call_that_was_not_sent_is_not_unknown():
    """And one that was lost is."""
    unsent = read_failure(CallFailure(not_sent=True, reason="withdrawn"))
    lost = read_failure(CallFailure(not_sent=False, reason="no answer"))
    assert (unsent.fate, unsent.verdict) == (Fate.NOT_SENT, Verdict.REFUSED)
    assert (lost.fate, lost.verdict, lost.code_text) == (Fate.LOST, Verdict.UNKNOWN, "lost")


def test_a_paper_account_is_named_to_the_venue_and_not_to_a_simulator():
    """The venue then refuses the token of a live account; a simulator has no paper accounts by default."""
    mark = "x-papertrading"
    chosen = settings(paper_account=True)
    calls = Rest(chosen, Calls(chosen, Credentials.of(SECRETS)))
    assert calls.get(Path.POSITIONS, at(0)).headers[mark] == "true"
    assert mark not in rest().get(Path.POSITIONS, at(0)).headers
    places = dict.fromkeys(("quote_ws", "trade_ws"), "ws") | {"http": "http"}
    places |= dict.fromkeys(("quote_tcp", "trade_tcp"), "tcp")
    there = chosen.for_simulator(
        {name: f"{scheme}://127.0.0.1:9" for name, scheme in places.items()}
    )
    assert not there.paper_account
