"""Hostile input to the simulator: whatever arrives is answered, nothing is raised (T-041)."""

import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from actors.venues.alltick.simulator.connection import Connection, Rules, Send, Watch
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, split_target
from tests.kit.alltick_simulator import START, Quiet, symbol_list
from tests.kit.fuzzing import hostile

COUNT = 5_000
RULES = Rules(codes=frozenset({"BTCUSDT", "EURUSD"}), code_limit=5)
FRAMES = [
    json.dumps({"cmd_id": command, "seq_id": 123, "trace": "abc", "data": data}).encode()
    for command, data in (
        (22000, {}),
        (22002, symbol_list("BTCUSDT", "EURUSD", BTCUSDT=5)),
        (22004, symbol_list("BTCUSDT")),
        (22006, {"cancel_type": 0}),
    )
]
KLINE = {
    "code": "BTCUSDT",
    "kline_type": 1,
    "kline_timestamp_end": 0,
    "query_kline_num": 3,
    "adjust_type": 0,
}
QUERIES = [
    json.dumps({"trace": "t", "data": data}).encode()
    for data in (KLINE, symbol_list("BTCUSDT"), {"data_list": [KLINE, KLINE]})
]
PATHS = ("kline", "batch-kline", "depth-tick", "trade-tick")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def check(answers) -> None:
    """Exactly one answer, whole and sendable."""
    texts = [each.ack if isinstance(each, Watch) else each for each in answers]
    (answer,) = [each for each in texts if isinstance(each, Send)]
    decoded = json.loads(answer.text.encode("ascii"))
    assert set(decoded) == {"ret", "msg", "cmd_id", "seq_id", "trace", "data"}
    assert decoded["ret"] in (200, 400, 600)


def test_mutated_frames_get_one_answer_each():
    """Text and binary, bit flips to insertions."""
    one = Connection(RULES, START.mono_ns)
    for word, data in hostile(FRAMES, COUNT):
        try:
            check(one.receive(data, START))
            check(one.receive(data.decode("utf-8", "surrogateescape"), START))
        except Exception as error:
            raise AssertionError(word) from error


@given(JSON, JSON, JSON, st.sampled_from([22000, 22002, 22004, 22006]))
def test_any_json_in_any_field_gets_one_answer(seq_id, trace, data, command):
    """Shapes that nobody would send."""
    one = Connection(RULES, START.mono_ns)
    frame = {"cmd_id": command, "seq_id": seq_id, "trace": trace, "data": data}
    check(one.receive(json.dumps(frame), START))
    check(one.receive(json.dumps(frame | {"seq_id": 1, "trace": "a"}), START))
    listed = {"symbol_list": data if isinstance(data, list) else [data]}
    check(one.receive(json.dumps(frame | {"seq_id": 1, "trace": "a", "data": listed}), START))


def test_mutated_http_requests_get_an_answer_of_the_table():
    """Queries, bodies and whole targets."""
    quiet = Quiet()
    for number, (word, data) in enumerate(hostile(QUERIES, COUNT // 5)):
        method = PATHS[number % len(PATHS)]
        target = f"/quote-b-api/{method}?token={quiet.settings.token}&query={quote(data)}"
        path, query = split_target(target.encode())
        verb = "POST" if method == "batch-kline" else "GET"
        request = Request(method=verb, path=path, query=query, body=data)
        try:
            answer = quiet.rest.answer(request, Moment(number, START.wall_ns))
            assert json.loads(answer.body)["ret"] in (200, 400, 402, 600, 601)
        except Exception as error:
            raise AssertionError(word) from error


@given(st.sampled_from(PATHS), JSON)
def test_any_json_over_http_gets_an_answer_of_the_table(method, data):
    """As `data`, and as each value of a K-line request."""
    quiet = Quiet()
    shapes = [data, *({**KLINE, name: data} for name in KLINE)]
    for shape in shapes:
        body = json.dumps({"trace": "t", "data": shape})
        verb = "POST" if method == "batch-kline" else "GET"
        query = {"token": quiet.settings.token, "query": body}
        answer = quiet.ask(verb, f"/quote-b-api/{method}", query, body.encode())
        assert json.loads(answer.body)["ret"] in (200, 400, 402, 600)
