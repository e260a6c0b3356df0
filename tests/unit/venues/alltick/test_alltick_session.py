"""The session's clock and calls: heartbeats, pauses, HTTP answers, secrets, the declaration."""

import json
import string
from typing import Any

import pytest

from actors.venues.alltick import VENUE
from actors.venues.alltick.calls import EXPIRES_NS, PATHS, Endpoint
from actors.venues.alltick.capabilities import ENDPOINTS, TOTAL, budgets_of
from actors.venues.alltick.plans import PLANS
from actors.venues.alltick.protocol import AllTickProtocol
from actors.venues.alltick.settings import Family, OwnInstrument, Quiet, Settings
from actors.venues.alltick.simulator import DEFAULT_TOKEN
from engine.errors import ConfigError, CredentialsRejected, LocalProtocolError, PeerSilent
from engine.session.callqueue import CallQueue
from engine.session.contract import (
    CallFailure,
    CallKind,
    DataProtocol,
    Drop,
    GiveUp,
    HttpCall,
    HttpResponse,
    Note,
    PreparesConnection,
    SendFrame,
)
from tests.kit.alltick import (
    SECRETS,
    TOKEN,
    Bench,
    answer,
    at,
    calls_in,
    of,
    reply,
)


def beats(effects: Any) -> list[dict[str, Any]]:
    return [json.loads(e.data) for e in of(SendFrame, effects) if '"cmd_id":22000' in e.data]


def test_heartbeats_go_out_every_ten_seconds_from_the_opening_on():
    """The venue closes after 30 s without (3.1); nothing else counts."""
    bench = Bench()
    effects = beats(bench.open())
    for second in range(1, 61):
        now = beats(bench.pass_to(second))
        for _ in now:
            bench.hear('{"ret":200,"msg":"ok","cmd_id":22001,"seq_id":1,"trace":"","data":{}}')
        effects += now
    assert len(effects) == 7
    assert {(beat["cmd_id"], json.dumps(beat["data"])) for beat in effects} == {(22000, "{}")}
    assert len({beat["trace"] for beat in effects}) == 7
    assert of(Drop, bench.effects) == []


def test_a_venue_that_answers_no_heartbeat_is_left():
    """Data alone proves nothing; 28 s is between the 25 and 30 that the sheet proposes."""
    bench = Bench()
    bench.open()
    assert of(Drop, bench.pass_to(27.9)) == []
    (drop,) = of(Drop, bench.pass_to(28))
    assert isinstance(drop.error, PeerSilent)
    assert of(Drop, bench.pass_to(100)) == []


def test_a_silent_peer_is_asked_before_it_is_given_up():
    """The driver's ladder: a heartbeat out of turn."""
    bench = Bench()
    assert 10 < bench.protocol.ping_after_s < bench.protocol.dead_after_s <= 30
    assert list(bench.protocol.ping(at(0))) == []
    bench.open()
    assert len(beats(bench.protocol.ping(at(1)))) == 1


@pytest.mark.parametrize(("plan", "pause_s"), [("free", 10), ("basic", 3), ("professional", 3)])
def test_connections_are_as_far_apart_as_the_plan_wants(plan: str, pause_s: int):
    """Whatever ended the last one; the first needs no pause (5.1)."""
    bench = Bench(plan=plan)
    assert isinstance(bench.protocol, PreparesConnection)
    kinds = lambda effects: [type(effect).__name__ for effect in effects]  # noqa: E731
    assert kinds(bench.protocol.prepare(at(0))) == ["Connect"]
    bench.lose("the venue refused the WebSocket with HTTP 429")
    assert kinds(bench.protocol.prepare(at(1))) == []
    assert bench.protocol.deadline() == at(pause_s).mono_ns
    assert kinds(bench.pass_to(pause_s - 0.1)) == []
    assert kinds(bench.pass_to(pause_s)) == ["Connect"]
    assert bench.pass_to(pause_s + 100) == []


# --- HTTP -------------------------------------------------------------------------------------


def filling(*wanted: str, **chosen: Any) -> tuple[Bench, HttpCall]:
    """A session that asks for codes over HTTP, and its call."""
    bench = Bench(fill_gaps=True, quiet=Quiet(quote_s=0), **chosen)
    bench.open()
    for frame in of(SendFrame, bench.want(*wanted)):
        bench.hear(reply(frame))
    (call,) = calls_in(bench.pass_to(4))
    return bench, call


def test_a_call_carries_token_and_envelope_in_its_query():
    """Section 8; once encoded, because the driver encodes (double encoding is 402)."""
    _, call = filling("Quote BTCUSDT", "Quote EURUSD")
    assert (call.method, call.path, call.kind) == ("GET", "/depth-tick", CallKind.QUERY)
    assert call.query["token"] == TOKEN
    envelope = json.loads(call.query["query"])
    assert envelope["data"] == {"symbol_list": [{"code": "BTCUSDT"}, {"code": "EURUSD"}]}
    assert 0 < len(envelope["trace"]) <= 64
    assert call.expires_mono_ns - at(4).mono_ns <= EXPIRES_NS


def test_no_more_codes_in_a_call_than_the_plan_takes():
    """Excess codes would be silently ignored (5.2)."""
    codes = [f"C{n}USDT" for n in range(5)] + ["EURUSD", "GBPUSD"]
    bench, call = filling(*(f"Quote {code}" for code in codes), plan="free", codes_max=10)
    assert call.query["query"].count('"code"') == 5
    effects = bench.take(
        bench.protocol.answered(call.call_id, answer({"tick_list": []}), at(bench.second))
    )
    (second,) = calls_in(effects)
    assert second.query["query"].count('"code"') == 2


@pytest.mark.parametrize("status", [200, 400])
def test_one_bad_code_refuses_a_whole_call_and_is_found_by_halves(status: int):
    """With HTTP 200 or 4xx, the code counts (section 4, 6)."""
    codes = ("AUDUSD", "BTCUSDT", "EURUSD", "GOLD", "USOIL")
    bench, call = filling(*(f"Quote {code}" for code in codes))
    calls, refused = [call], []
    for _ in range(20):
        if not calls:
            break
        call = calls.pop()
        bad = "GOLD" in call.query["query"]
        response = answer({}, 600, "code invalid", status) if bad else answer({"tick_list": []})
        effects = bench.take(bench.protocol.answered(call.call_id, response, at(bench.second)))
        calls += calls_in(effects)
        refused += [note for note in of(Note, effects) if note.event == "code_refused"]
    assert len(refused) == 1
    assert "GOLD" in refused[0].detail
    assert calls == []


@pytest.mark.parametrize(
    ("response", "pause_s"),
    [
        (answer({}, 605, "too many requests"), 3),
        (answer({}, 429, "rate limit", 429), 3),
        (answer({}, 402, "query invalid"), 60),
        (answer({}, 999, "?"), 60),
        (HttpResponse(503, {}, b"<html>"), 3),
        (HttpResponse(404, {}, b"<html>"), 60),
        (HttpResponse(200, {}, b'{"ret":"200"}'), 3),
        (HttpResponse(200, {}, b""), 3),
        (answer({}, 200, "ok", 500), 3),
    ],
)
def test_an_endpoint_that_refuses_rests(response: HttpResponse, pause_s: int):
    """As long as the plan wants for frequency, a minute for what we did wrong."""
    bench, call = filling("Quote BTCUSDT")
    (note,) = bench.take(bench.protocol.answered(call.call_id, response, at(4)))
    assert note.event == "query_failed"
    assert note.alert is (pause_s == 60)
    topic = next(iter(bench.protocol._board.lists["depth"].values()))
    bench.protocol._fetcher.ask(Endpoint.DEPTH_TICK, {topic.listing.code: 1})
    assert calls_in(bench.pass_to(4 + pause_s - 0.1)) == []
    assert len(calls_in(bench.pass_to(4 + pause_s + 0.1))) == 1


@pytest.mark.parametrize(
    "response",
    [
        answer({}, 401, "token invalid"),
        HttpResponse(401, {}, b'{"msg":"token is required","ret":401}'),
        HttpResponse(401, {}, b"no"),
    ],
)
def test_a_token_that_http_refuses_ends_the_session(response: HttpResponse):
    """It is the same token (T-046)."""
    bench, call = filling("Quote BTCUSDT")
    (effect,) = bench.protocol.answered(call.call_id, response, at(4))
    assert isinstance(effect, GiveUp)
    assert isinstance(effect.error, CredentialsRejected)


def test_an_answer_to_no_call_is_a_bug_of_ours():
    """The driver answers each call once."""
    bench, call = filling("Quote BTCUSDT")
    bench.protocol.failed(call.call_id, CallFailure(not_sent=True, reason="x"), at(4))
    for method, given in (
        (bench.protocol.answered, answer({"tick_list": []})),
        (bench.protocol.failed, CallFailure(not_sent=True, reason="x")),
    ):
        with pytest.raises(LocalProtocolError):
            method(call.call_id, given, at(4))


# --- secrets ----------------------------------------------------------------------------------


def test_the_token_stands_in_the_targets_query_and_nowhere_else():
    """Quoted as a URL needs it."""
    protocol = AllTickProtocol(Settings(), {"token": "a+b/c d&e"}, Family.STOCK)
    assert protocol.target().url == (
        "wss://quote.alltick.co/quote-stock-b-ws-api?token=a%2Bb%2Fc+d%26e"
    )
    other = AllTickProtocol(Settings(), SECRETS, Family.OTHER)
    assert other.target().url == f"wss://quote.alltick.co/quote-b-ws-api?token={TOKEN}"


@pytest.mark.parametrize("piece", [TOKEN, TOKEN[:12], TOKEN[5:20], f"?token={TOKEN}&x=1"])
@pytest.mark.parametrize("ret", [400, 401, 429, 600, 603, 606, 999])
def test_inv16_whatever_the_venue_echoes_the_token_gets_out_of_no_effect(piece: str, ret: int):
    """Texts of refusals, reasons of loss, failures of calls: canary search over all that leaves."""
    bench, call = filling("Quote BTCUSDT")
    (frame,) = of(SendFrame, bench.want("Quote BTCUSDT", "Trade BTCUSDT"))
    shown = [*bench.hear(reply(frame, ret, f"bad {piece}"))]
    shown += bench.hear(json.dumps({"ret": ret, "msg": piece}))
    shown += bench.take(bench.protocol.answered(call.call_id, answer({}, ret, piece), at(5)))
    for again in calls_in(shown):
        failure = CallFailure(not_sent=False, reason=f"no answer from /x?{piece}")
        shown += bench.take(bench.protocol.failed(again.call_id, failure, at(6)))
    shown += bench.lose(f"closed: 1008 {piece}")
    told = [effect for effect in shown if not isinstance(effect, HttpCall)]
    text = repr(told) + "".join(str(getattr(e, "error", "")) for e in told)
    assert told
    assert all(TOKEN[begin : begin + 8] not in text for begin in range(len(TOKEN) - 7))


def test_errors_of_configuration_show_no_token():
    """A URL with a token in it is refused without repeating it."""
    with pytest.raises(ValueError, match="belongs into the credentials") as caught:
        Settings(stock_ws_url=f"wss://quote.alltick.co/x?token={TOKEN}")
    assert TOKEN not in str(caught.value)
    with pytest.raises(ValueError, match="must be a wss") as caught:
        Settings(stock_ws_url=f"ftp://quote.alltick.co/x?token={TOKEN}")
    assert TOKEN not in str(caught.value)
    for token in ("", "x" * 600, "é" * 20, "a\nb" + "c" * 20):
        with pytest.raises(ConfigError) as refused:
            AllTickProtocol(Settings(), {"token": token}, Family.OTHER)
        assert not token or token not in str(refused.value)


# --- what is declared -------------------------------------------------------------------------


def test_the_declaration_makes_both_sessions():
    """Each family is a feed with its own connection and HTTP address; there are no orders."""
    made = Settings(plan="basic")
    stock, other = VENUE.feeds
    for feed, family in ((stock, Family.STOCK), (other, Family.OTHER)):
        protocol: Any = feed.data(made, SECRETS)
        assert protocol.family is family
        assert protocol.target().url.startswith(made.ws_url_of(family))
        assert feed.http_base_url is not None
        assert feed.http_base_url(made) == made.http_url_of(family)
    assert VENUE.trade is None
    assert VENUE.capabilities.ord_types == ()
    assert VENUE.feed_of("AAPL.US") is stock
    assert VENUE.feed_of("BTCUSDT") is other
    assert VENUE.feed_of("not a code") is None
    assert VENUE.simulator_credentials == {"token": DEFAULT_TOKEN}


def test_both_sessions_offer_the_whole_contract():
    """Everything that a data protocol must have."""
    for name in (name for name in vars(DataProtocol) if not name.startswith("_")):
        assert hasattr(AllTickProtocol, name), name


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("sharers", [1, 2, 20])
def test_every_endpoint_has_a_budget_within_the_plans_total(plan: str, sharers: int):
    """However many share a token, each takes its part; the driver's queue accepts them."""
    budgets = budgets_of(PLANS[plan], sharers=sharers)
    assert {budget.name for budget in budgets} == {TOTAL, *ENDPOINTS}
    assert set(map(str, Endpoint)) == set(PATHS) == set(ENDPOINTS)
    assert all(budget.within == TOTAL for budget in budgets if budget.name != TOTAL)
    for budget in budgets:
        per_s = budget.count / budget.window_s
        whole = PLANS[plan].calls_per_minute / 60
        limit = whole if budget.name == TOTAL else PLANS[plan].calls_per_s
        if budget.name == "batch_kline":
            limit = 1 / PLANS[plan].batch_interval_s
        assert per_s <= limit / sharers * 1.001
    CallQueue(budgets)


def test_budgets_follow_the_plan_of_the_settings():
    """A free plan may ask six times a minute and no oftener."""
    free = {b.name: b for b in VENUE.budgets_of(Settings(token_sharers=1))}
    paid = {b.name: b for b in VENUE.budgets_of(Settings(plan="professional", token_sharers=1))}
    assert (free["kline"].count, free["kline"].window_s) == (1, 10.0)
    assert (paid["kline"].count, paid["kline"].window_s) == (20, 1.0)
    assert VENUE.budgets == VENUE.budgets_of(Settings())


def test_settings_refuse_what_cannot_be():
    """Each with the name of what is wrong."""
    for wrong, said in (
        ({"plan": "gold"}, "plan must be one of"),
        ({"heartbeat_interval_s": 30}, "heartbeat_interval_s"),
        ({"heartbeat_timeout_s": 9}, "longer than heartbeat_interval_s"),
        ({"other_ws_url": "ws://example.com/x"}, "only allowed on loopback"),
        ({"other_http_url": "https://user:pw@example.com"}, "credentials"),
        ({"stock_http_url": "https://exa mple:99999"}, "stock_http_url"),
        ({"bar_interval": "1M"}, "bar_interval"),
    ):
        with pytest.raises(ValueError, match=said):
            Settings(**wrong)
    with pytest.raises(ValueError, match="kind must be one of"):
        OwnInstrument(code="X", kind="bond", currency="USD")


def test_the_simulator_changes_addresses_only():
    """All else stays as it was chosen."""
    chosen = Settings(plan="basic")
    names = ("stock_ws", "other_ws", "stock_http", "other_http")
    made = chosen.for_simulator({n: f"{n.partition('_')[2]}://127.0.0.1:1/{n}" for n in names})
    assert made.ws_url_of(Family.STOCK).endswith("/stock_ws")
    assert made.http_url_of(Family.OTHER).endswith("/other_http")
    assert made.plan == "basic"


def test_codes_in_traces_are_plain():
    """What goes out is ASCII, whatever is wanted."""
    _, call = filling("Quote BTCUSDT")
    assert set(call.query["query"]) <= set(string.printable)
