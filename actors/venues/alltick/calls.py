"""The venue's HTTP API: building calls and reading the envelope of their answers.

Every call carries the token in its query. A GET has its request as JSON in `query`, a POST in its body.
Reading an answer never raises: an answer that cannot be read is one that failed.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import attrs

from actors.venues.alltick.rets import Action, action_of, action_of_status, explain
from actors.venues.alltick.settings import BAR_SECONDS, Settings
from engine.errors import RemoteProtocolError
from engine.session import strictjson
from engine.session.contract import CallFailure, HttpCall, HttpResponse, Now
from engine.session.masking import Mask
from engine.session.values import shorten

EXPIRES_NS: Final = 120_000_000_000
"""A call that waited so long for its turn is not made any more: its answer would fill no gap."""
BARS_MAX: Final = 500
"""Rows in one `/kline`; the venue cuts the rest off."""
BATCH_BARS: Final = 2
"""Rows a code in one `/batch-kline`: the running bar and the last closed one."""


class Endpoint(StrEnum):
    """What is asked for; also the name of its rate budget."""

    KLINE = "kline"
    BATCH_KLINE = "batch_kline"
    DEPTH_TICK = "depth_tick"
    TRADE_TICK = "trade_tick"
    STATIC_INFO = "static_info"


PATHS: Final[Mapping[Endpoint, str]] = {
    Endpoint.KLINE: "/kline",
    Endpoint.BATCH_KLINE: "/batch-kline",
    Endpoint.DEPTH_TICK: "/depth-tick",
    Endpoint.TRADE_TICK: "/trade-tick",
    Endpoint.STATIC_INFO: "/static_info",
}

BAR_TYPES: Final = {word: number for number, word in enumerate(BAR_SECONDS, 1)}
"""The venue's numbers of bar lengths: 1 is a minute, 8 a day, 9 a week."""


@attrs.frozen(kw_only=True)
class Answer:
    """What became of a call.

    Attributes:
        action: NONE for a success, else what the refusal or failure calls for.
        text: why, for notes; free of the token.
        data: the payload of a success.
    """

    action: Action
    text: str = ""
    data: Any = None

    @property
    def ok(self) -> bool:
        """Success."""
        return self.action is Action.NONE


def read_answer(response: HttpResponse, mask: Mask) -> Answer:
    """The meaning of a response. The code counts; the HTTP status only where there is none."""
    try:
        envelope = strictjson.loads(response.body, exact=False)
    except RemoteProtocolError as error:
        return _unreadable(response.status, str(error))
    ret = envelope.get("ret") if type(envelope) is dict else None
    if type(ret) is not int:
        return _unreadable(response.status, "no code")
    words = mask.clean(shorten(envelope.get("msg")))
    text = f"ret {ret} {words or explain(ret)}"
    action = action_of(ret)
    if action is Action.NONE and response.status != 200:
        return Answer(action=Action.LATER, text=f"HTTP {response.status} with ret 200")
    return Answer(action=action, text=text, data=envelope.get("data"))


def _unreadable(status: int, why: str) -> Answer:
    return Answer(
        action=action_of_status(status),
        text=f"HTTP {status} with a body that cannot be read: {why}",
    )


def read_failure(failure: CallFailure, mask: Mask) -> Answer:
    """A call without an answer."""
    return Answer(action=Action.LATER, text=mask.clean(shorten(failure.reason)))


class Calls:
    """Builds the calls of one session and numbers them."""

    def __init__(self, settings: Settings, token: str) -> None:
        self._token = token
        self._timeout_s = settings.query_timeout_s
        self._bar_type = BAR_TYPES[settings.bar_interval]
        self._ids = itertools.count(1)

    def of(self, endpoint: Endpoint, codes: Sequence[str], count: int, now: Now) -> HttpCall:
        """The call that asks an endpoint for these codes; `count` is that of bars."""
        if endpoint is Endpoint.KLINE:
            return self._get(endpoint, self._bars(codes[0], min(count, BARS_MAX)), now)
        if endpoint is Endpoint.BATCH_KLINE:
            return self._batch(codes, now)
        return self._get(endpoint, {"symbol_list": [{"code": code} for code in codes]}, now)

    def _bars(self, code: str, count: int) -> Mapping[str, object]:
        return {
            "code": code,
            "kline_type": self._bar_type,
            "kline_timestamp_end": 0,
            "query_kline_num": count,
            "adjust_type": 0,
        }

    def _get(self, endpoint: Endpoint, data: Mapping[str, object], now: Now) -> HttpCall:
        call_id = next(self._ids)
        return HttpCall(
            call_id=call_id,
            method="GET",
            path=PATHS[endpoint],
            query={"token": self._token, "query": self._body(endpoint, call_id, data, now)},
            budget=str(endpoint),
            timeout_s=self._timeout_s,
            expires_mono_ns=now.mono_ns + EXPIRES_NS,
        )

    def _batch(self, codes: Sequence[str], now: Now) -> HttpCall:
        call_id, endpoint = next(self._ids), Endpoint.BATCH_KLINE
        data = {"data_list": [self._bars(code, BATCH_BARS) for code in codes]}
        return HttpCall(
            call_id=call_id,
            method="POST",
            path=PATHS[endpoint],
            query={"token": self._token},
            headers={"content-type": "application/json"},
            body=self._body(endpoint, call_id, data, now).encode(),
            budget=str(endpoint),
            timeout_s=self._timeout_s,
            expires_mono_ns=now.mono_ns + EXPIRES_NS,
        )

    def _body(self, endpoint: Endpoint, call_id: int, data: Mapping[str, object], now: Now) -> str:
        trace = f"{endpoint}-{call_id}-{now.wall_ns // 1_000_000}"
        return json.dumps({"trace": trace, "data": data}, separators=(",", ":"), ensure_ascii=True)
