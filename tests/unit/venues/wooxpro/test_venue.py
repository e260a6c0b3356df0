"""The declaration `VENUE` and what the two protocols promise beyond the transcripts."""

import json

import attrs
import pytest

from actors.venues.wooxpro import VENUE
from actors.venues.wooxpro.deadman import SYMBOLS_MAX
from actors.venues.wooxpro.private import PrivateProtocol
from actors.venues.wooxpro.public import PublicProtocol
from actors.venues.wooxpro.rest import BUDGETS, Path
from actors.venues.wooxpro.settings import Settings
from actors.venues.wooxpro.sweep import ROUNDS_MAX
from engine.errors import ConfigError, LocalProtocolError
from engine.messages.market import FundingRate, Quote
from engine.messages.venue import CancelAllOrders, OrderUpdate, QueryOrder, UpdateKind
from engine.session.contract import (
    CallFailure,
    CallKind,
    GiveUp,
    HttpResponse,
    Note,
    SendFrame,
    Topic,
    Withdraw,
)
from tests.kit.wooxpro import (
    BTC,
    SECRETS,
    answer,
    at,
    calls,
    cancel,
    details,
    settings,
    submit,
    trade_session,
)

QUOTE = (
    '{"group":"futures/bookticker:BTCUSDT","data":{"symbol":"BTCUSDT","best_bid_price":"%s",'
    '"best_bid_vol":"1","best_ask_price":"2","best_ask_vol":"1","ms_t":1701566021194}}'
)


def test_every_route_draws_from_a_declared_budget():
    """The driver refuses calls of unknown budgets; cancels have one of their own."""
    declared = {budget.name for budget in VENUE.budgets}
    assert set(BUDGETS) == set(Path)
    assert set(BUDGETS.values()) == declared
    assert BUDGETS[Path.CANCEL] != BUDGETS[Path.SUBMIT]


def test_the_declaration_makes_both_protocols():
    """Settings, secrets and base URL go through the declaration."""
    made = settings()
    assert VENUE.settings is Settings
    assert VENUE.http_base_url(made) == made.http_url
    assert isinstance(VENUE.data(made, {}), PublicProtocol)
    assert VENUE.trade is not None
    assert isinstance(VENUE.trade(made, SECRETS), PrivateProtocol)
    assert set(VENUE.credentials) == set(VENUE.simulator_credentials) == set(SECRETS)


def test_without_urls_or_secrets_a_session_does_not_begin():
    """The hosts are not documented: the user has to name them, and is told so."""
    with pytest.raises(ConfigError, match="public_ws_url"):
        VENUE.data(Settings(), {})
    assert VENUE.trade is not None
    with pytest.raises(ConfigError, match="private_ws_url"):
        VENUE.trade(Settings(), SECRETS)
    with pytest.raises(ConfigError, match="api_secret"):
        VENUE.trade(settings(), {"api_key": "x", "memo": "y"})


def test_urls_of_hosts_are_completed():
    """Path and query of the sibling."""
    assert VENUE.data(settings(), {}).target().url == "ws://127.0.0.1:2/api?protocol=1.1"
    assert trade_session().target().url == "ws://127.0.0.1:3/user?protocol=1.1"


def test_both_sessions_ping_in_time_whatever_flows():
    """The venue drops a link after 20 s; half of the dead time is a ping."""
    for protocol in (PublicProtocol(settings()), PrivateProtocol(settings(), SECRETS)):
        assert protocol.dead_after_s < 20
        protocol.opened(at(0))
        deadline = protocol.deadline()
        seen = 0
        while deadline is not None and deadline <= at(9).mono_ns:
            moment = at((deadline - at(0).mono_ns) / 1e9)
            seen += SendFrame('{"action":"ping"}') in protocol.due(moment)
            deadline = protocol.deadline()
        assert seen == 1
        assert list(protocol.ping(at(9))) == [SendFrame('{"action":"ping"}')]


def test_the_anchor_is_only_what_the_venue_lists():
    """A configured anchor that is not listed is not asked for; an empty one never."""
    for anchor, wanted in (("BTCUSDT", 1), ("NONEUSDT", 0), ("", 0)):
        protocol = PublicProtocol(settings(anchor_symbol=anchor))
        (call,) = calls(protocol.start(at(0)))
        protocol.answered(call.call_id, answer(details("BTCUSDT")), at(0))
        frames = [e for e in protocol.opened(at(0)) if isinstance(e, SendFrame)]
        assert len(frames) == wanted


def test_refresh_renews_a_live_topic_and_not_twice_at_once():
    """A reader's doubt is a reason to subscribe anew, but not for ever."""
    protocol = PublicProtocol(settings(frame_interval_s=0))
    (call,) = calls(protocol.start(at(0)))
    protocol.answered(call.call_id, answer(details("BTCUSDT")), at(0))
    protocol.opened(at(0))
    topic = Topic(Quote, BTC)
    protocol.demand(frozenset({topic}), at(0))
    ack = '{"action":"%s","group":"futures/bookticker:BTCUSDT","success":true}'
    protocol.received(ack % "subscribe", at(0))
    assert protocol.refresh(topic, at(1)) == ()
    stale, frame = protocol.refresh(topic, at(3))
    assert not stale.fresh
    assert "unsubscribe" in frame.data
    assert protocol.refresh(topic, at(10)) == ()
    assert protocol.refresh(Topic(FundingRate, BTC), at(10)) == ()
    assert protocol.refresh(Topic(OrderUpdate, BTC), at(10)) == ()
    protocol.received(ack % "unsubscribe", at(4))
    fresh, quote = protocol.received(QUOTE % "1", at(5))
    assert fresh.fresh
    assert isinstance(quote, Quote)


def test_a_crossed_quote_is_withheld_and_forgiven_when_it_passes():
    """No stale for a moment's cross; a deadline exists while it lasts."""
    protocol = PublicProtocol(settings(frame_interval_s=0, anchor_symbol=""))
    (call,) = calls(protocol.start(at(0)))
    protocol.answered(call.call_id, answer(details("BTCUSDT")), at(0))
    protocol.opened(at(0))
    protocol.demand(frozenset({Topic(Quote, BTC)}), at(0))
    assert list(protocol.received(QUOTE % "3", at(1))) == []
    assert protocol.deadline() == at(3).mono_ns
    (quote,) = protocol.received(QUOTE % "1", at(2))
    assert isinstance(quote, Quote)
    assert protocol.deadline() != at(3).mono_ns


@pytest.mark.parametrize("number", range(60))
def test_no_secret_leaves_in_anything_but_login_and_headers(number: int):
    """Venue texts that repeat what we sent are cleaned before anyone sees them (INV-16)."""
    protocol = trade_session()
    text = f"bad {SECRETS['api_key']} {SECRETS['api_key'][:10]}s*** {SECRETS['memo']}"
    (call,) = calls(protocol.submit(submit(client_order_id=f"o{number}"), at(0)))
    body = json.dumps({"code": 30000 + number, "message": text}).encode()
    shown = repr(protocol.answered(call.call_id, HttpResponse(400, {}, body), at(0)))
    login = {"action": "access", "success": False, "error": text}
    protocol.lost("x", at(1))
    protocol.opened(at(1))
    shown += repr(protocol.received(json.dumps(login), at(1)))
    assert not any(secret in shown for secret in SECRETS.values())
    assert SECRETS["api_key"][:10] not in shown


def test_an_order_command_is_one_call_with_its_expiry_and_kind():
    """At most once to the venue, never late; cancels may use what is reserved for them."""
    protocol = trade_session()
    (order,) = calls(protocol.submit(submit(expires_mono_ns=77), at(0)))
    assert (order.kind, order.order, order.expires_mono_ns) == (CallKind.ORDER, "p1", 77)
    (call,) = calls(protocol.cancel(cancel(client_order_id="p0"), at(0)))
    assert (call.kind, call.budget) == (CallKind.CANCEL, "cancel")


def test_a_rejected_key_ends_everything_at_the_first_order():
    """No second attempt with a frozen key."""
    protocol = trade_session()
    (call,) = calls(protocol.submit(submit(), at(0)))
    effects = protocol.answered(call.call_id, answer(code=30003, status=401), at(0))
    assert [type(effect) for effect in effects] == [OrderUpdate, GiveUp]


def test_cancel_all_does_not_claim_success_it_has_not_seen():
    """Orders that stay, or a venue that does not tell: an alert after the last round."""
    protocol = trade_session()
    command = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    effects = [*protocol.cancel_all(command, at(0))]
    second, made = 0.0, 0
    notes: list[Note] = []
    while not notes:
        pending, effects = calls(effects), []
        made += len(pending)
        for call in pending:
            failure = CallFailure(not_sent=False, reason="no answer")
            effects += protocol.failed(call.call_id, failure, at(second))
        second += 1
        effects += protocol.due(at(second))
        notes = [e for e in effects if isinstance(e, Note) and e.event.startswith("cancel_all")]
    assert (notes[0].event, notes[0].alert) == ("cancel_all_incomplete", True)
    assert made == ROUNDS_MAX  # no symbol is known, so each round only looks


def test_cancel_all_of_another_venue_is_an_alert():
    """And no call."""
    protocol = trade_session()
    command = CancelAllOrders(session_boot=1, router_boot=1, instrument="X.ELSEWHERE")
    (note,) = protocol.cancel_all(command, at(0))
    assert isinstance(note, Note)
    assert note.alert


def test_the_dead_man_timer_is_set_on_the_symbols_asked_for():
    """One call each; a refusal, a loss and a false result are alerts, and so are too many symbols."""
    protocol = trade_session()
    assert protocol.arm_dead_man((), 30, at(0)) == []
    ends = {
        "fine": answer({"result": True, "set_time": 1, "cancel_time": 31}),
        "false": answer({"result": False}),
        "refused": answer(code=40011, status=400),
    }
    alerts = {}
    for name, response in ends.items():
        (call,) = calls(protocol.arm_dead_man(("BTCUSDT.WOOXPRO",), 30, at(0)))
        assert call.body == b'{"symbol":"BTCUSDT","timeout":30}'
        assert (call.kind, call.budget) == (CallKind.CANCEL, "dead_man")
        alerts[name] = len(protocol.answered(call.call_id, response, at(0)))
    assert alerts == {"fine": 0, "false": 1, "refused": 1}
    with pytest.raises(LocalProtocolError):
        protocol.arm_dead_man(("BTCUSDT.WOOXPRO",), 4, at(0))
    many = [f"S{number}USDT.WOOXPRO" for number in range(SYMBOLS_MAX + 1)]
    effects = trade_session().arm_dead_man(many, 30, at(0))
    assert len(calls(effects)) == SYMBOLS_MAX
    assert effects[-1].alert


def test_a_timer_that_is_switched_off_does_not_wait_behind_its_renewals():
    """Withdrawn, and their end is no news; one that stays armed is an alert; found by review M4."""
    protocol = trade_session()
    (renewal,) = calls(protocol.arm_dead_man(("BTCUSDT.WOOXPRO",), 30, at(0)))
    withdrawn, off = protocol.arm_dead_man(("BTCUSDT.WOOXPRO",), 0, at(0))
    assert withdrawn == Withdraw(renewal.call_id)
    assert off.body == b'{"symbol":"BTCUSDT","timeout":0}'
    unsent = CallFailure(not_sent=True, reason="withdrawn")
    assert list(protocol.failed(renewal.call_id, unsent, at(0))) == []
    (note,) = protocol.failed(off.call_id, unsent, at(0))
    assert (note.event, note.alert) == ("dead_man_left_armed", True)
    assert "BTCUSDT: its orders are cancelled" in note.detail
    (again,) = calls(protocol.arm_dead_man(("BTCUSDT.WOOXPRO",), 0, at(0)))
    assert list(protocol.answered(again.call_id, answer({"result": True}), at(0))) == []


def test_a_query_without_a_name_is_an_alert():
    """Nothing is asked that could be answered with another order."""
    protocol = trade_session()
    command = QueryOrder(
        session_boot=1, router_boot=1, client_order_id="", venue_order_id="", instrument=BTC
    )
    (note,) = protocol.query(command, at(0))
    assert isinstance(note, Note)
    named = attrs.evolve(command, venue_order_id="31")
    assert [call.path for call in calls(protocol.query(named, at(0)))] == [Path.ORDER]


def test_an_answer_to_no_call_is_a_bug_of_ours():
    """The driver answers each call once."""
    for protocol in (PublicProtocol(settings()), trade_session()):
        with pytest.raises(LocalProtocolError):
            protocol.answered(99, answer(), at(0))


def test_an_order_before_the_mode_is_known_is_not_sent():
    """The side number would be a guess."""
    protocol = PrivateProtocol(settings(), SECRETS)
    (news,) = protocol.submit(submit(), at(0))
    assert news.kind is UpdateKind.NOT_SENT
