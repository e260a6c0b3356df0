"""One WebSocket connection as protocol: what is answered to what, when it ends; pure."""

import json

import pytest

from actors.venues.alltick.simulator.connection import Connection, End, Rules, Send, Watch
from actors.venues.alltick.simulator.limits import Pacer
from tests.kit.alltick_simulator import SECOND_NS, START, later, symbol_list

CODES = frozenset({"BTCUSDT", "ETHUSDT", "EURUSD", "GOLD"})
OPENED_NS = START.mono_ns
GOOD = {"cmd_id": 22002, "seq_id": 123, "trace": "abc", "data": symbol_list("BTCUSDT")}


def connection(**rules) -> Connection:
    return Connection(Rules(**{"codes": CODES, **rules}), OPENED_NS)


def answers(actions) -> list[dict]:
    """The answers among the actions, decoded."""
    sent = [each.ack if isinstance(each, Watch) else each for each in actions]
    return [json.loads(each.text) for each in sent if isinstance(each, Send)]


def ask(one: Connection, at=START, **changes):
    """Send the good request with changes; returns (ret, msg, cmd_id, seq_id, trace) of its answer."""
    (answer,) = answers(one.receive(json.dumps(GOOD | changes), at))
    assert set(answer) == {"ret", "msg", "cmd_id", "seq_id", "trace", "data"}
    assert answer["data"] == {}
    return tuple(answer[name] for name in ("ret", "msg", "cmd_id", "seq_id", "trace"))


HEADER = (400, "request header param invalid", 0, 0, "")
DATA = (400, "request data param invalid", 22003, 123, "abc")


def test_a_good_request_is_confirmed_with_its_own_numbers():
    """And says what is to be delivered."""
    (watch,) = connection().receive(json.dumps(GOOD), START)
    assert isinstance(watch, Watch)
    assert (watch.kind, watch.levels) == ("depth", {"BTCUSDT": 1})
    assert answers([watch]) == [
        {"ret": 200, "msg": "ok", "cmd_id": 22003, "seq_id": 123, "trace": "abc", "data": {}}
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ping",
        "[]",
        "17",
        "null",
        '{"cmd_id":22002,}',
        '{"cmd_id":22002,"seq_id":1,"trace":"a","data":{"symbol_list":[{"code":"BTCUSDT"},]}}',
        "[" * 100_000,
        '{"cmd_id":' + "9" * 5_000 + "}",
        '{"cmd_id":NaN}',
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_what_is_no_json_object_gets_zeros(text):
    """The answer that can be matched to no request."""
    one = connection()
    (answer,) = answers(one.receive(text, START))
    assert tuple(answer[k] for k in ("ret", "msg", "cmd_id", "seq_id", "trace")) == HEADER


@pytest.mark.parametrize(
    "changes",
    [
        {"cmd_id": 22001},
        {"cmd_id": 0},
        {"cmd_id": "22002"},
        {"cmd_id": 22002.0},
        {"cmd_id": True},
        {"cmd_id": None},
        {"seq_id": None},
        {"seq_id": "123"},
        {"seq_id": -1},
        {"seq_id": 1 << 32},
        {"trace": None},
        {"trace": 7},
        {"trace": "x" * 65},
        {"data": None},
        {"data": []},
        {"data": "x"},
    ],
)
def test_a_wrong_envelope_gets_zeros(changes):
    """Unknown commands, fields that are missing or of the wrong kind."""
    assert ask(connection(), **changes) == HEADER


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"symbol_list": None},
        {"symbol_list": []},
        {"symbol_list": {"code": "BTCUSDT"}},
        {"symbol_list": ["BTCUSDT"]},
        {"symbol_list": [{}]},
        {"symbol_list": [{"code": ""}]},
        {"symbol_list": [{"code": 7}]},
        {"symbol_list": [{"code": "BTCUSDT", "depth_level": "5"}]},
        {"symbol_list": [{"code": "BTCUSDT", "depth_level": -1}]},
    ],
)
def test_wrong_data_is_answered_to_its_request(data):
    """With its numbers."""
    assert ask(connection(), data=data) == DATA


def test_legacy_codes_are_201_and_202():
    """The header pages against the error table."""
    one = connection(legacy_ret=True)
    assert ask(one, cmd_id=1)[0] == 201
    assert ask(one, data={})[0] == 202
    assert ask(one)[0] == 200


def test_edges_of_the_envelope_are_accepted():
    """Largest numbers, longest trace, repeated trace, fields nobody knows, a constant seq_id."""
    one = connection()
    for _ in range(2):
        wanted = (200, "ok", 22003, (1 << 32) - 1, "é" * 64)
        assert ask(one, seq_id=(1 << 32) - 1, trace="é" * 64, more={"x": [None]}) == wanted


def test_an_echo_of_half_a_surrogate_can_be_sent():
    """It came as an escape, so it leaves as one."""
    (answer,) = connection().receive(
        '{"cmd_id":22000,"seq_id":1,"trace":"\\ud800","data":{}}', START
    )
    assert isinstance(answer, Send)
    assert answer.text.encode().decode("ascii")


@pytest.mark.parametrize("data", [{}, [], None, {"symbol_list": None}, 3])
def test_heartbeats_take_any_data_unless_strict(data):
    """Published examples send nonsense."""
    assert ask(connection(), cmd_id=22000, data=data)[:3] == (200, "ok", 22001)
    strict = ask(connection(strict_heartbeats=True), cmd_id=22000, data=data)
    assert strict == ((200, "ok", 22001, 123, "abc") if isinstance(data, dict) else HEADER)


def test_a_set_has_each_code_once_and_keeps_levels_apart():
    """The last word on a level counts; 0 and absent are one level; trades ignore it."""
    data = {
        "symbol_list": [
            {"code": "BTCUSDT", "depth_level": 3},
            {"code": "EURUSD"},
            {"code": "GOLD", "depth_level": 0},
            {"code": "BTCUSDT", "depth_level": 99},
        ]
    }
    (depth,) = connection().receive(json.dumps(GOOD | {"data": data}), START)
    assert isinstance(depth, Watch)
    assert depth.levels == {"BTCUSDT": 99, "EURUSD": 1, "GOLD": 1}
    data["symbol_list"][0]["depth_level"] = "nonsense"
    (trade,) = connection().receive(json.dumps(GOOD | {"cmd_id": 22004, "data": data}), START)
    assert isinstance(trade, Watch)
    assert (trade.kind, list(trade.levels)) == ("trade", ["BTCUSDT", "EURUSD", "GOLD"])


def test_beyond_the_limit_is_silently_ignored():
    """Not even looked at: a bad code there does no harm; or refused with 603 where so set."""
    data = symbol_list("BTCUSDT", "ETHUSDT", "EURUSD", "NOSUCH")
    (watch,) = connection(code_limit=3).receive(json.dumps(GOOD | {"data": data}), START)
    assert isinstance(watch, Watch)
    assert list(watch.levels) == ["BTCUSDT", "ETHUSDT", "EURUSD"]
    refusing = connection(code_limit=3, over_code_limit="refuse")
    assert ask(refusing, data=data)[:3] == (603, "token level not enough", 22003)


def test_one_bad_code_spoils_the_request():
    """600 for unknown ones, 604 for those outside of the plan; case counts."""
    assert ask(connection(), data=symbol_list("BTCUSDT", "btcusdt"))[:2] == (600, "code invalid")
    one = connection(unauthorized={"GOLD"})
    assert ask(one, data=symbol_list("BTCUSDT", "GOLD"))[:2] == (604, "code unauthorized")
    assert ask(one, cmd_id=22004, data=symbol_list("GOLD"))[:3] == (
        604,
        "code unauthorized",
        22005,
    )


def test_unknown_codes_may_be_left_out():
    """One published example mixes the families."""
    one = connection(unknown_codes="ignore")
    (watch,) = one.receive(json.dumps(GOOD | {"data": symbol_list("700.HK", "GOLD")}), START)
    assert isinstance(watch, Watch)
    assert watch.levels == {"GOLD": 1}


@pytest.mark.parametrize(
    ("kind", "emptied"), [(0, ["depth", "trade"]), (1, ["depth"]), (2, ["trade"]), (3, [])]
)
def test_cancels_empty_what_they_name(kind, emptied):
    """Exchange rates are answered and do nothing."""
    actions = connection().receive(
        json.dumps(GOOD | {"cmd_id": 22006, "data": {"cancel_type": kind}}), START
    )
    assert [(a.kind, a.levels) for a in actions if isinstance(a, Watch)] == [
        (each, {}) for each in emptied
    ]
    assert [answer["cmd_id"] for answer in answers(actions)] == [22007]


@pytest.mark.parametrize(
    "data", [{}, {"cancel_type": 4}, {"cancel_type": "1"}, {"cancel_type": True}]
)
def test_a_cancel_of_nothing_known_is_refused(data):
    """400 with its own numbers."""
    assert ask(connection(), cmd_id=22006, data=data)[:3] == (
        400,
        "request data param invalid",
        22007,
    )


def test_only_heartbeats_keep_a_connection_open():
    """30 s after the last one it ends, whatever else was said."""
    one = connection()
    assert ask(one, at=later(29))[0] == 200
    assert one.next_deadline_ns() == OPENED_NS + 30 * SECOND_NS
    assert not one.expired(OPENED_NS + 30 * SECOND_NS - 1)
    ask(one, at=later(29.9), cmd_id=22000)
    assert not one.expired(later(59.8).mono_ns)
    assert one.expired(later(59.9).mono_ns) == "no heartbeat"
    free = connection(heartbeat_required=False)
    assert free.next_deadline_ns() is None
    assert not free.expired(later(1e6).mono_ns)


def test_a_connection_may_end_after_a_time_whatever_it_does():
    """`drop_after_s`."""
    one = connection(drop_after_ns=5 * SECOND_NS)
    ask(one, at=later(4), cmd_id=22000)
    assert one.next_deadline_ns() == later(5).mono_ns
    assert one.expired(later(5).mono_ns) == "drop_after_s"


def paced(mode: str) -> Connection:
    pacer = Pacer(1.0, 3.0)
    return connection(pacing=mode, admit=lambda now_ns: pacer.admit("token", 1, now_ns))


def test_pacing_rejects_what_comes_within_a_second():
    """Whatever its kind; heartbeats neither count nor wait; a rejected one does not push back."""
    one = paced("reject")
    assert ask(one, at=later(0))[0] == 200
    assert ask(one, at=later(0.1), cmd_id=22000)[0] == 200
    assert ask(one, at=later(0.9), cmd_id=22004)[:3] == (605, "too many requests", 22005)
    assert ask(one, at=later(1.0), cmd_id=22006, data={"cancel_type": 0})[0] == 200


def test_pacing_may_close_the_connection():
    """606, then the end."""
    one = paced("reject_and_close")
    ask(one)
    actions = one.receive(json.dumps(GOOD), START)
    assert answers(actions)[0]["ret"] == 606
    assert isinstance(actions[-1], End)
    assert paced("off").receive(json.dumps(GOOD), START)
