"""What becomes of a push under a fault: another payload, other texts, pure."""

from collections.abc import Callable
from typing import Any, Final

from actors.venues.alltick.simulator import jsontext
from actors.venues.alltick.simulator.faults import Fault, FaultKind
from actors.venues.alltick.simulator.payloads import Payload, push_text

COPIES_MAX: Final = 200
"""Of one frame under the fault `duplicate`."""
OVERSIZE_BYTES: Final = 2_000_000
OVERSIZE_BYTES_MAX: Final = 64 * 1024 * 1024
UNKNOWN_PUSH: Final = 22_997
NO_SIDE: Final = {"price": "0", "volume": "0"}


def texts(fault: Fault, number: int, payload: Payload) -> list[str]:
    """The texts sent in place of one push; the payload is left as it is."""
    kind = fault.kind
    if kind is FaultKind.DROP:
        return []
    bend = _BENT.get(kind)
    bent = payload if bend is None else bend(fault, dict(payload))
    if kind is FaultKind.UNKNOWN_PUSH:
        number = int(fault.number_value(UNKNOWN_PUSH))
    text = push_text(number, bent)
    if kind is FaultKind.DUPLICATE:
        return [text] * min(int(fault.number_value(2)), COPIES_MAX)
    if kind is FaultKind.MALFORMED:
        return [text[: len(text) // 2]]
    if kind is FaultKind.OVERSIZED:
        size = min(int(fault.number_value(OVERSIZE_BYTES)), OVERSIZE_BYTES_MAX)
        return [text[:-1] + " " * size + text[-1:]]
    return [text]


def _shifted(payload: Payload, by: int) -> Payload:
    seq = payload["seq"]
    payload["seq"] = type(seq)(int(seq) + by)
    return payload


def _seq_back(fault: Fault, payload: Payload) -> Payload:
    return _shifted(payload, -int(fault.number_value(2)))


def _seq_gap(fault: Fault, payload: Payload) -> Payload:
    return _shifted(payload, int(fault.number_value(5)))


def _seconds(_: Fault, payload: Payload) -> Payload:
    stamp = payload["tick_time"]
    payload["tick_time"] = type(stamp)(int(stamp) // 1_000)
    return payload


def _strings(_: Fault, payload: Payload) -> Payload:
    return payload | {"seq": str(payload["seq"]), "tick_time": str(payload["tick_time"])}


def _one_sided(fault: Fault, payload: Payload) -> Payload:
    gone = "asks" if fault.text_value("bids") == "bids" else "bids"
    return payload | {gone: [dict(NO_SIDE)]}


def _delisted(_: Fault, payload: Payload) -> Payload:
    return payload | {"bids": [dict(NO_SIDE)], "asks": [dict(NO_SIDE)]}


def _empty_side(fault: Fault, payload: Payload) -> Payload:
    return payload | {fault.text_value("asks"): []}


def _crossed(_: Fault, payload: Payload) -> Payload:
    return payload | {"bids": payload["asks"], "asks": payload["bids"]}


def _no_volume(_: Fault, payload: Payload) -> Payload:
    return _with_volumes(payload, lambda row: row.pop("volume", None))


def _empty_volume(_: Fault, payload: Payload) -> Payload:
    return _with_volumes(payload, lambda row: row.update(volume=""))


def _with_volumes(payload: Payload, change: Callable[[dict[str, Any]], object]) -> Payload:
    sides = {
        side: [dict(row) for row in payload[side]] for side in ("bids", "asks") if side in payload
    }
    for rows in sides.values():
        for row in rows:
            change(row)
    if not sides:
        change(payload)
    return payload | sides


def _null_field(fault: Fault, payload: Payload) -> Payload:
    return payload | {fault.text_value("tick_time"): None}


_BENT: Final[dict[FaultKind, Callable[[Fault, Payload], Payload]]] = {
    FaultKind.SEQ_BACK: _seq_back,
    FaultKind.SEQ_GAP: _seq_gap,
    FaultKind.SECONDS: _seconds,
    FaultKind.STRINGS: _strings,
    FaultKind.ONE_SIDED: _one_sided,
    FaultKind.DELISTED: _delisted,
    FaultKind.EMPTY_SIDE: _empty_side,
    FaultKind.CROSSED: _crossed,
    FaultKind.NO_VOLUME: _no_volume,
    FaultKind.EMPTY_VOLUME: _empty_volume,
    FaultKind.NULL_FIELD: _null_field,
}


def unreadable(text: str) -> str:
    """An answer turned into that to a request that could not be read."""
    answer = jsontext.loads(text)
    zeros = {"cmd_id": 0, "seq_id": 0, "trace": ""}
    return jsontext.dumps(answer | {"ret": 400, "msg": "request header param invalid"} | zeros)


def failed(text: str, ret: int, message: str) -> str:
    """An answer turned into a refusal."""
    return jsontext.dumps(jsontext.loads(text) | {"ret": ret, "msg": message})
