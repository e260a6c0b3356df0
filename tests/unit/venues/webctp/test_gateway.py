"""The steps of both sockets, reconnecting on the same socket, errors of the login."""

import json

import attrs
import pytest

from actors.venues.webctp.codes import Endpoint, Generation, Kind
from actors.venues.webctp.credentials import Credentials
from actors.venues.webctp.gateway import Arrived, Gateway
from actors.venues.webctp.stages import (
    MARKET_TRANSITIONS,
    TRADE_TRANSITIONS,
    Input,
    Stage,
    market_step,
    trade_step,
)
from actors.venues.webctp.steps import FRONT_REFUSALS_ALERT, FrontLost, InService, LoggedIn
from actors.venues.webctp.turns import Ended, Outcome, Rank, Request, Row
from engine.errors import (
    ConfigError,
    ConnectFailed,
    ConnectionLost,
    CredentialsRejected,
    LocalProtocolError,
    PeerSilent,
    PermissionMissing,
    RemoteProtocolError,
)
from engine.model.enums import VenueStateWord
from engine.session.contract import Drop, GiveUp, Note, SendPing, SetState
from tests.kit.webctp import (
    OK,
    READY,
    SECRETS,
    SETTINGS,
    at,
    complaint,
    frames,
    gateway,
    login_row,
    market_data,
    market_up,
    ops,
    performed,
    row,
    said,
    trade_up,
)

MARKET, TRADE = Endpoint.MARKET_DATA, Endpoint.TRADE


def kinds(happened):
    return [type(item) for item in happened]


def of(happened, kind):
    return [item for item in happened if isinstance(item, kind)]


# --- the order of steps -----------------------------------------------------------------------------


def test_the_steps_of_the_trade_socket():
    """set, connect, auth, login, rest, confirm: in this order, each after the one before."""
    made = gateway(TRADE)
    happened = trade_up(made)
    assert ops(happened) == [
        "set",
        "set",
        "connect",
        "auth",
        "login",
        "confirm_settlement_info",
    ]
    sent = frames(happened)
    assert [frame["data"] for frame in sent[:3]] == [
        {"broker_id": "9999"},
        {"investor_id": "100001"},
        {"addr": "127.0.0.1", "port": "41213"},
    ]
    assert sent[3]["data"] == {
        "user_id": "100001",
        "app_id": "simnow_client_test",
        "auth_code": "SIMULATED-AUTH-1",
    }
    assert sent[4]["data"] == {"user_id": "100001", "password": "open-sesame"}
    assert of(happened, LoggedIn)[0].again is False
    login = of(happened, InService)[0].login
    assert (login.trading_day, login.session_id, login.max_order_ref) == ("20210104", 7, "1")
    assert login.exchange_times == {"SHFE": "09:50:00"}
    assert made.in_service


def test_the_steps_of_the_market_data_socket():
    """Connect and login; broker and user go with the login."""
    made = gateway(MARKET)
    happened = market_up(made)
    assert ops(happened) == ["connect", "login"]
    assert frames(happened)[1]["data"] == {
        "broker_id": "9999",
        "user_id": "100001",
        "password": "open-sesame",
    }
    assert kinds(happened)[-2:] == [LoggedIn, InService]


def test_another_investor_than_the_user():
    """Is a setting."""
    made = gateway(TRADE, attrs.evolve(SETTINGS, investor_id="77"))
    assert frames(trade_up(made))[1]["data"] == {"investor_id": "77"}


def test_the_settlement_is_confirmed_once_a_trading_day():
    """A second login on the same day does not confirm again, one on the next day does."""
    made = gateway(TRADE)
    trade_up(made)
    for seconds, day, confirms in ((100, "20210104", 0), (200, "20210105", 1)):
        happened = [*made.received(said(6, None, {"code": 4097, "msg": "x"}), at(seconds))]
        happened += made.received(said(4), at(seconds))
        first = 6 if seconds == 100 else 8
        for text in (
            performed(first),
            row(7, first, OK),
            performed(first + 1),
            login_row(8, first + 1, day, session_id=8),
        ):
            happened += made.received(text, at(seconds))
        assert of(happened, LoggedIn)[0].again is True
        happened += made.due(at(seconds + 1.2))
        assert ops(happened).count("confirm_settlement_info") == confirms
        assert made.in_service is not bool(confirms)
    made.received(performed(10), at(202))
    assert of(made.received(row(11, 10, OK), at(202)), InService)


def test_the_settlement_is_not_confirmed_against_the_users_will():
    """`confirm_settlement = false`: somebody else does it."""
    made = gateway(TRADE, attrs.evolve(SETTINGS, confirm_settlement=False))
    assert "confirm_settlement_info" not in ops(trade_up(made))
    assert made.in_service


def test_no_query_before_the_rest_is_over():
    """The counter refuses the first query right after the login."""
    made = gateway(TRADE)
    trade_up(made)
    request = Request(op="query_order", answer=Kind.QUERY_ORDER)
    assert ops(made.ask(request, at(1.2))) == ["query_order"]


@pytest.mark.parametrize("endpoint", [MARKET, TRADE])
def test_connect_is_said_once_per_socket(endpoint):
    """Whatever the front does: after every CONNECTED the login begins anew, and nothing else."""
    made = gateway(endpoint)
    happened = trade_up(made) if endpoint is TRADE else market_up(made)
    lost = said(6, None, {"code": 8193, "msg": ""}) if endpoint is TRADE else said(3, {"reason": 1})
    for seconds in range(10, 50, 10):
        happened += made.received(lost, at(seconds))
        assert not made.in_service
        happened += made.received(said(4 if endpoint is TRADE else 2), at(seconds + 1))
        # The login is still under way when the front goes again.
        code = "auth" if endpoint is TRADE else "login"
        assert ops(happened)[-1] == code
        happened += made.received(performed(seconds), at(seconds + 1))
    assert ops(happened).count("connect") == 1
    assert ops(happened).count("set") == (2 if endpoint is TRADE else 0)


@pytest.mark.parametrize("endpoint", [MARKET, TRADE])
def test_the_front_comes_without_having_gone(endpoint):
    """CONNECTED while logged in: log in again, on this socket."""
    made = gateway(endpoint)
    trade_up(made) if endpoint is TRADE else market_up(made)
    happened = made.received(said(4 if endpoint is TRADE else 2), at(9))
    assert ops(happened) == ["auth" if endpoint is TRADE else "login"]


def test_a_lost_front_is_told_with_its_reason():
    """In `err` on the trade socket, in `info` of the older document and of market data."""
    for endpoint, line in (
        (TRADE, said(6, None, {"code": 4097, "msg": "Network reading failed"})),
        (TRADE, said(6, {"code": 4097, "msg": ""})),
        (MARKET, said(3, {"reason": 4097})),
    ):
        made = gateway(endpoint)
        trade_up(made) if endpoint is TRADE else market_up(made)
        happened = made.received(line, at(9))
        assert kinds(happened) == [FrontLost, SetState]
        assert "4097" in happened[0].reason
        assert happened[1].state is VenueStateWord.CONNECTING


def test_a_lost_front_ends_what_is_under_way():
    """An order that was sent is unknown until it is acknowledged; an awaited answer is lost."""
    made = gateway(TRADE)
    trade_up(made)
    made.ask(Request(op="query_order", answer=Kind.QUERY_ORDER, tag="q"), at(3))
    made.received(performed(6, text=""), at(3))
    happened = made.received(said(6, None, {"code": 8193, "msg": ""}), at(4))
    assert [(e.request.tag, e.outcome) for e in of(happened, Ended)] == [("q", Outcome.LOST)]


def test_a_front_that_drops_us_again_and_again_is_an_alert():
    """Once: a gateway built for other fronts looks like this."""
    made = gateway(TRADE)
    happened = made.opened(at())
    for text in (READY, performed(1), performed(2), performed(0)):
        happened += made.received(text, at())
    for seconds in range(1, 2 * FRONT_REFUSALS_ALERT):
        happened += made.received(said(4), at(seconds))
        happened += made.received(said(6, None, {"code": 4097, "msg": ""}), at(seconds))
    assert [note.event for note in of(happened, Note) if note.alert] == ["front_refuses"]


def test_a_front_that_stays_away():
    """Costs the connection in the end."""
    made = gateway(MARKET)
    market_up(made)
    made.received(said(3, {"reason": 4097}), at(9))
    assert made.deadline() == at(309).mono_ns
    happened = made.due(at(309))
    assert isinstance(of(happened, Drop)[0].error, ConnectionLost)


# --- what does not come -----------------------------------------------------------------------------


def test_no_greeting():
    """Something else listens there."""
    made = gateway(MARKET)
    made.opened(at())
    assert isinstance(of(made.due(at(5)), Drop)[0].error, PeerSilent)


@pytest.mark.parametrize("endpoint", [MARKET, TRADE])
def test_a_front_that_cannot_be_reached(endpoint):
    """The gateway never says so."""
    made = gateway(endpoint)
    made.opened(at())
    made.received(READY, at())
    if endpoint is TRADE:
        made.received(performed(1), at())
        made.received(performed(2), at())
    made.received(performed(0), at())
    assert made.deadline() == at(10).mono_ns
    error = of(made.due(at(10)), Drop)[0].error
    assert isinstance(error, ConnectFailed)
    assert made.received(said(4 if endpoint is TRADE else 2), at(11)) == []


def test_a_login_without_an_answer():
    """The acknowledgement is not the answer."""
    made = gateway(MARKET)
    made.opened(at())
    for text in (READY, performed(0), said(2), performed(1)):
        made.received(text, at())
    assert isinstance(of(made.due(at(10)), Drop)[0].error, PeerSilent)


# --- refusals ---------------------------------------------------------------------------------------


def refused(endpoint, code):
    made = gateway(endpoint)
    made.opened(at())
    if endpoint is MARKET:
        for text in (READY, performed(0), said(2), performed(1)):
            made.received(text, at())
        return made, made.received(row(5, 1, {"code": code, "msg": "CTP:x"}), at())
    for text in (READY, performed(1), performed(2), performed(0), said(4), performed(3)):
        made.received(text, at())
    return made, made.received(row(7, 3, {"code": code, "msg": "CTP:x"}), at())


@pytest.mark.parametrize("code", [3, 11, 12, 13, 63, 75, 131, 140, 141])
def test_credentials_that_are_not_taken(code):
    """Are shown once: repeating them locks the account."""
    made, happened = refused(TRADE, code)
    assert isinstance(of(happened, GiveUp)[0].error, CredentialsRejected)
    assert made.steps.stage is Stage.LEAVING


@pytest.mark.parametrize("code", [9, 49, 143, 144, 3039, 4040, 4042, 4043, 4060])
def test_what_this_user_may_not_do_from_here(code):
    """Neither."""
    assert isinstance(of(refused(TRADE, code)[1], GiveUp)[0].error, PermissionMissing)


@pytest.mark.parametrize("code", [1, 5, 7, 8, 35, 60, 90, 99999])
def test_refusals_that_may_pass(code):
    """Cost the connection; the next one is made with back-off."""
    error = of(refused(TRADE, code)[1], Drop)[0].error
    assert isinstance(error, ConnectFailed)
    assert str(code) in str(error)


def test_market_data_before_the_trade_login():
    """Error 3 there may mean just that: twice more, then it is the password."""
    made, happened = refused(MARKET, 3)
    for attempt in (2, 3):
        assert [note.event for note in of(happened, Note)] == ["market_login_later"]
        seconds = 10 * (attempt - 1)
        assert ops(made.due(at(seconds))) == ["login"]
        made.received(performed(attempt), at(seconds))
        happened = made.received(row(5, attempt, {"code": 3, "msg": ""}), at(seconds))
    assert isinstance(of(happened, GiveUp)[0].error, CredentialsRejected)


def test_a_gateway_that_does_not_take_a_step():
    """Its complaint costs the connection."""
    made = gateway(TRADE)
    made.opened(at())
    made.received(READY, at())
    happened = made.received(complaint('Error: Field "broker_id" not found.'), at())
    assert isinstance(of(happened, Drop)[0].error, ConnectFailed)


@pytest.mark.parametrize("missing", ["broker_id", "user_id", "password", "app_id", "auth_code"])
def test_missing_credentials_are_named(missing):
    """Before anything is connected; market data needs no authentication of the program."""
    secrets = {**SECRETS, missing: ""}
    with pytest.raises(ConfigError, match=missing):
        Credentials.of(secrets, TRADE)
    if missing in ("app_id", "auth_code"):
        assert Credentials.of(secrets, MARKET).app_id == ""


def test_credentials_that_the_counter_would_cut():
    """Are refused before; none of them shows in what is printed."""
    with pytest.raises(ConfigError, match="password: is longer than 40"):
        Credentials.of({**SECRETS, "password": "铜" * 14}, TRADE)
    assert "open-sesame" not in repr(Credentials.of(SECRETS, TRADE))


# --- requests and news ------------------------------------------------------------------------------


def test_nothing_is_asked_before_the_service():
    """It is not sent, provably."""
    made = gateway(TRADE)
    made.opened(at())
    end = made.ask(Request(op="insert_order", rank=Rank.ORDER), at())
    assert [(e.outcome, e.text) for e in end] == [(Outcome.NOT_SENT, "the connection is greeting")]
    assert "greeting" in made.refusal()


def test_the_table_of_codes_is_proven_by_the_first_query_and_orders_may_go():
    """Even on an account that has no order."""
    made = gateway(TRADE)
    trade_up(made)
    assert "not proven" in made.refusal()
    made.ask(Request(op="query_order", answer=Kind.QUERY_ORDER), at(3))
    made.received(performed(6, text=""), at(3))
    happened = made.received(row(17, 6), at(3))
    assert kinds(happened) == [Note, Ended]
    assert made.codes.generation is Generation.SOURCE
    assert made.refusal() == ""


def test_a_doubt_is_an_alert_and_stops_orders_but_nothing_else():
    """T-054."""
    made = gateway(TRADE)
    trade_up(made)
    order = {"ref": "1", "order_status": 3, "order_submit_status": 3}
    happened = made.received(said(15, order, {"code": 0, "msg": "ACCEPTED: ?"}), at(3))
    assert kinds(happened) == [Note, Arrived]
    happened = made.received(said(14, order, {"code": 0, "msg": ""}), at(4))
    assert [(note.event, note.alert) for note in of(happened, Note)] == [
        ("message_codes_doubted", True)
    ]
    assert of(happened, Arrived)[0].kind is Kind.ORDER_INSERTED
    assert "doubt" in made.refusal()
    assert made.in_service
    made.lost("gone", at(5))
    trade_up(made, 10)
    assert "not proven" in made.refusal()


def test_news_of_orders_arrives_whenever_it_comes():
    """The day is replayed right after the login, before anything was asked."""
    made = gateway(TRADE)
    made.opened(at())
    for text in (
        READY,
        performed(1),
        performed(2),
        performed(0),
        said(4),
        performed(3),
        row(7, 3, OK),
    ):
        made.received(text, at())
    made.received(performed(4), at())
    made.received(login_row(8, 4), at())
    happened = made.received(
        said(16, {"trade_id": " 1", "volume": 1}, {"code": 0, "msg": ""}), at()
    )
    assert of(happened, Arrived)[0].kind is Kind.ORDER_TRADED


def test_numbers_with_a_fraction_stay_text_where_they_are_money():
    """And are floats in market data."""
    made = gateway(TRADE)
    trade_up(made)
    request = Request(op="query_trading_account", answer=Kind.TRADING_ACCOUNT)
    made.ask(request, at(3))
    made.received(performed(6, text=""), at(3))
    happened = made.received(row(12, 6, None, available=19070563.89), at(3))
    assert of(happened, Row)[0].message.info["available"] == "19070563.89"
    made = gateway(MARKET)
    market_up(made)
    assert of(made.received(market_data("IF2101"), at(3)), Arrived)[0].message.info["bp1"] == 5231.4


def test_an_error_that_belongs_to_nothing_is_noted():
    """Within bounds."""
    made = gateway(TRADE)
    trade_up(made)
    happened = []
    for _ in range(100):
        happened += made.received(row(1, 99, {"code": 90, "msg": "x"}), at(3))
    assert {note.event for note in of(happened, Note)} == {"error_unattributed"}
    assert len(happened) == 20


def test_a_ping_of_the_transport():
    """The gateway's own comes after 102 s only."""
    assert kinds(gateway(TRADE).ping(at())) == [SendPing]


@pytest.mark.parametrize(
    "text",
    [READY, said(8, {"req_id": 1}), said(4), "x", "[]"],
)
def test_what_cannot_be_in_service(text):
    """A second greeting, a login without a record, garbage: RemoteProtocolError or no matter."""
    made = gateway(TRADE)
    trade_up(made)
    if text in (READY, "x", "[]"):
        with pytest.raises(RemoteProtocolError):
            made.received(text, at(3))
    else:
        made.received(text, at(3))


@pytest.mark.parametrize("text", [said(4), said(0, {"req_id": 1}, {"code": 0})])
def test_what_cannot_be_before_the_greeting(text):
    """Nothing comes before it."""
    made = gateway(TRADE)
    made.opened(at())
    with pytest.raises(RemoteProtocolError):
        made.received(text, at())


def test_a_login_without_a_record():
    """Is none."""
    made = gateway(MARKET)
    made.opened(at())
    for text in (READY, performed(0), said(2), performed(1)):
        made.received(text, at())
    with pytest.raises(RemoteProtocolError):
        made.received(row(5, 1, OK), at())


@pytest.mark.parametrize("day", ["", "2021-1-4", "yesterday", None, 20210104])
def test_a_login_without_a_trading_day(day):
    """Cannot be worked with."""
    made = gateway(MARKET)
    made.opened(at())
    for text in (READY, performed(0), said(2), performed(1)):
        made.received(text, at())
    fields = {"trading_day": day, "front_id": 1, "session_id": 7, "max_order_ref": "1"}
    with pytest.raises(RemoteProtocolError):
        made.received(row(5, 1, OK, **fields), at())


# --- the tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "table"), [(market_step, MARKET_TRANSITIONS), (trade_step, TRADE_TRANSITIONS)]
)
def test_the_tables_are_all_there_is(step, table):
    """T-042: every other pair is a bug of ours."""
    for stage in Stage:
        for given in Input:
            if (stage, given) in table:
                assert step(stage, given) is table[stage, given]
            else:
                with pytest.raises(LocalProtocolError):
                    step(stage, given)


def test_the_front_can_come_whenever_it_was_called():
    """No stage after `connect` in which CONNECTED or DISCONNECTED would be a fault."""
    for table, first in (
        (MARKET_TRANSITIONS, Stage.LOGGING_IN),
        (TRADE_TRANSITIONS, Stage.AUTHENTICATING),
    ):
        reached = {stage for (stage, given) in table if given is not Input.LOST} - {
            Stage.CLOSED,
            Stage.GREETING,
            Stage.NAMING_BROKER,
            Stage.NAMING_INVESTOR,
            Stage.LEAVING,
        }
        others = (
            {Stage.PAUSED}
            if table is TRADE_TRANSITIONS
            else set(Stage) - {stage for stage, given in table if given is Input.CONNECTED}
        )
        for stage in reached - others:
            assert table[stage, Input.CONNECTED] is first
            assert table[stage, Input.FRONT_LOST] is Stage.FRONT_AWAY


def test_the_whole_way_is_json():
    """Everything that is sent can be read by anybody."""
    for frame in frames(trade_up(gateway(TRADE))):
        assert set(frame) == {"op", "data"}
        assert json.dumps(frame)


def test_every_connection_begins_anew():
    """Also after a loss in the middle of the steps."""
    made = Gateway(SETTINGS, TRADE, Credentials.of(SECRETS, TRADE))
    made.opened(at())
    made.received(READY, at())
    assert made.lost("gone", at(1)) == []
    assert ops(trade_up(made, 2))[:2] == ["set", "set"]


@pytest.mark.parametrize(("code", "drops"), [(6, True), (16, False)])
def test_a_login_that_the_venue_forgot_is_made_anew(code, drops):
    """Found in a drill: every query was refused, and asked again, for as long as the venue was up."""
    made = gateway(TRADE)
    trade_up(made)
    made.ask(Request(op="query_trading_account", answer=Kind.TRADING_ACCOUNT), at(60))
    happened = made.received(performed(6, text=""), at(60))
    happened += made.received(row(1, 6, {"code": code, "msg": "?"}), at(60))
    (ended,) = of(happened, Ended)
    assert (ended.outcome, ended.code) == (Outcome.REFUSED, code)
    dropped = of(happened, Drop)
    assert len(dropped) == drops
    assert all(isinstance(each.error, ConnectionLost) for each in dropped)
