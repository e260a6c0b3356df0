"""A simulator's own routes beside the venue's, under /simulator/: faults in, log out; no login.

- `GET /simulator/faults`: armed faults.
- `POST /simulator/faults` `{"kind": "drop", "match": "*", "count": 1, "value": null}`: arm one, or carry
  an immediate one out (`used` tells how many connections it hit). Kinds, patterns and values are the
  venue's: `FaultKind` in `faults.py` of its simulator.
- `POST /simulator/faults/clear` `{}` or `{"number": 3}`: disarm all, or one.
- `GET /simulator/log?since=0&kind=request&limit=1000`: the witness log.
- `GET /simulator/state`: whatever the venue shows of itself (connections, market, pushes so far).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.simulator.faults import FaultRegistry
from engine.simulator.jsontext import JsonText
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response
from engine.simulator.witnesslog import WitnessLog

PREFIX: Final = "/simulator/"
VALUE_MAX: Final = 1e12
"""Numbers beyond mean nothing anywhere: seconds, bytes, codes."""

_json: Final = JsonText(exact=False, ascii_only=True)


class Admin:
    """Answers the off-venue routes.

    Args:
        faults: of the simulator.
        log: of the simulator.
        state: what `/simulator/state` shows.
    """

    def __init__(
        self, faults: FaultRegistry[Any], log: WitnessLog, state: Callable[[], Mapping[str, Any]]
    ) -> None:
        self._faults = faults
        self._log = log
        self._state = state

    def answer(self, request: Request, now: Moment) -> Response:
        """The response; 400 with a reason for a request that cannot be carried out."""
        try:
            return Response(200, _json.dumps(self._data(request, _body(request), now)))
        except (ValueError, TypeError, OverflowError) as error:
            return Response(400, _json.dumps({"error": str(error)}))
        except LookupError:
            return Response(404, _json.dumps({"error": f"no route {request.path}"}))

    def _data(self, request: Request, body: dict[str, Any], now: Moment) -> Any:
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "faults":
                return [fault.as_json() for fault in self._faults.armed()]
            case "POST", "faults":
                return self._arm(body, now)
            case "POST", "faults/clear":
                return self._clear(body)
            case "GET", "log":
                return self._entries(request.fields)
            case "GET", "state":
                return dict(self._state())
        raise LookupError(request.path)

    def _arm(self, body: dict[str, Any], now: Moment) -> dict[str, Any]:
        fault = self._faults.arm(
            str(body.get("kind", "")),
            match=str(body.get("match", "*")),
            count=int(body.get("count", 1)),
            value=_value(body.get("value")),
        ).as_json()
        self._log.append("fault", now, fault=fault)
        return fault

    def _clear(self, body: dict[str, Any]) -> dict[str, Any]:
        if "number" in body:
            return {"cleared": self._faults.disarm(int(body["number"]))}
        self._faults.clear()
        return {"cleared": True}

    def _entries(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        since, limit = int(query.get("since", "0")), int(query.get("limit", "10000"))
        return [entry.as_json() for entry in self._log.since(since, query.get("kind", ""), limit)]


def _body(request: Request) -> dict[str, Any]:
    value = _json.loads(request.body) if request.body.strip() else {}
    if not isinstance(value, dict):
        raise TypeError("the body must be a JSON object")
    return value


def _value(given: object) -> float | str | None:
    """A fault's value: nothing, a text, or a number within reason."""
    if given is None or isinstance(given, str):
        return given
    if not isinstance(given, int | float):
        raise TypeError("value must be a number, a text or null")
    if not math.isfinite(given) or abs(given) > VALUE_MAX:
        raise ValueError("value is beyond reason")
    return float(given)
