"""The off-venue routes: faults in, log and state out, every wrong request explained."""

import json
from enum import StrEnum
from urllib.parse import urlencode

import pytest

from engine.simulator.admin import Admin
from engine.simulator.faults import FaultRegistry
from engine.simulator.moment import Moment
from engine.simulator.requests import Request
from engine.simulator.witnesslog import WitnessLog

NOW = Moment(1, 2)


class Kind(StrEnum):
    """Of a venue that is none."""

    DROP = "drop"
    DELAY = "delay"
    MUTE = "mute"


class Front:
    """The routes of one simulator."""

    def __init__(self) -> None:
        self.faults = FaultRegistry(Kind, {Kind.MUTE})
        self.log = WitnessLog()
        self._admin = Admin(self.faults, self.log, lambda: {"pushes": 3})

    def ask(self, method: str, path: str, body=None, **query: str):
        """(status, answer) of one request; bytes go as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(
            method=method,
            path=f"/simulator/{path}",
            query=urlencode(query),
            body=b"" if body is None else raw,
        )
        response = self._admin.answer(request, NOW)
        return response.status, json.loads(response.body.encode("ascii"))


@pytest.fixture
def front() -> Front:
    return Front()


def test_faults_are_armed_and_cleared_over_http(front):
    """One of them, or all; what was armed stands in the log."""
    front.faults.immediate = lambda fault: 2
    status, shown = front.ask("POST", "faults", {"kind": "delay", "value": 2, "count": 3})
    terms = {"number": 1, "kind": "delay", "match": "*", "count": 3, "value": 2.0, "used": 0}
    assert (status, shown) == (200, terms)
    assert front.ask("POST", "faults", {"kind": "mute"})[1]["used"] == 2
    assert front.ask("GET", "faults") == (200, [shown])
    assert [entry.details["fault"]["kind"] for entry in front.log.since()] == ["delay", "mute"]
    assert front.ask("POST", "faults/clear", {"number": 9})[1] == {"cleared": False}
    assert front.ask("POST", "faults/clear", {"number": 1})[1] == {"cleared": True}
    front.ask("POST", "faults", {"kind": "drop"})
    assert front.ask("POST", "faults/clear", {})[1] == {"cleared": True}
    assert front.ask("GET", "faults") == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "nonsense"},
        {"kind": "drop", "count": 0},
        {"kind": "drop", "count": "x"},
        b'{"kind":"drop","count":1e999999999}',
        {"kind": "delay", "value": 1e300},
        b'{"kind":"delay","value":1e999}',
        {"kind": "delay", "value": [1]},
        [],
        7,
        b"{",
    ],
)
def test_a_wrong_request_is_explained(front, body):
    """400 and a reason; nothing is armed."""
    status, answer = front.ask("POST", "faults", body)
    assert status == 400
    assert answer["error"]
    assert not front.faults


def test_a_pattern_that_no_encoding_has_is_shown_again(front):
    """Half a surrogate pair came in as an escape and goes out as one."""
    assert front.ask("POST", "faults", b'{"kind":"drop","match":"\\ud83d"}')[0] == 200
    assert front.ask("GET", "faults")[1][0]["match"] == "\ud83d"
    assert front.ask("GET", "log")[0] == 200


def test_the_log_and_the_state_can_be_read(front):
    """Since a number, of a kind, at most so many; unknown routes are 404."""
    for number in range(6):
        front.log.append("fill" if number % 2 else "request", NOW, order=number)
    _, entries = front.ask("GET", "log", kind="fill", since="2", limit="2")
    assert [(entry["number"], entry["order"]) for entry in entries] == [(4, 3), (6, 5)]
    assert front.ask("GET", "log", since="6")[1] == []
    assert front.ask("GET", "log", since="x")[0] == 400
    assert front.ask("GET", "log", limit="-1")[0] == 400
    assert front.ask("GET", "state") == (200, {"pushes": 3})
    assert front.ask("GET", "elsewhere")[0] == 404
    assert front.ask("POST", "state")[0] == 404
