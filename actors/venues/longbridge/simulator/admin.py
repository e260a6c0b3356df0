"""The simulator's own routes beside the venue's, under /simulator/: faults in, log out.

- `GET /simulator/faults`: armed faults.
- `POST /simulator/faults` `{"kind": "drop", "match": "700.HK/quote", "count": 1, "value": null}`:
  arm one, or carry an immediate one out (`used` tells how many connections it hit). Kinds, patterns
  and values: `faults.FaultKind`.
- `POST /simulator/faults/clear` `{}` or `{"number": 3}`: disarm all, or one.
- `GET /simulator/log?since=0&kind=request&limit=1000`: the witness log.
- `GET /simulator/state`: connections, whether the market has started, pushes so far.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from actors.venues.longbridge.simulator.faults import Fault, Faults
from engine.simulator import jsontext
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response
from engine.simulator.witnesslog import WitnessLog

PREFIX: Final = "/simulator/"


class Admin:
    """Answers the off-venue routes.

    Args:
        faults: of the simulator.
        log: of the simulator.
        state: what `/simulator/state` shows.
    """

    def __init__(
        self, faults: Faults, log: WitnessLog, state: Callable[[], Mapping[str, Any]]
    ) -> None:
        self._faults = faults
        self._log = log
        self._state = state

    def answer(self, request: Request, now: Moment) -> Response:
        """The response; 400 with a reason for a request that cannot be carried out."""
        try:
            body = self._body(request)
            return Response(200, jsontext.dumps(self._data(request, body, now)))
        except (ValueError, TypeError) as error:
            return Response(400, jsontext.dumps({"error": str(error)}))
        except LookupError:
            return Response(404, jsontext.dumps({"error": f"no route {request.path}"}))

    @staticmethod
    def _body(request: Request) -> dict[str, Any]:
        value = jsontext.loads(request.body) if request.body.strip() else {}
        if not isinstance(value, dict):
            raise TypeError("the body must be a JSON object")
        return value

    def _data(self, request: Request, body: dict[str, Any], now: Moment) -> Any:
        route = (request.method, request.path.removeprefix(PREFIX))
        if route == ("GET", "faults"):
            return [_shown(fault) for fault in self._faults.armed()]
        if route == ("POST", "faults"):
            return self._arm(body, now)
        if route == ("POST", "faults/clear"):
            return self._clear(body)
        if route == ("GET", "log"):
            return self._entries(request.fields)
        if route == ("GET", "state"):
            return dict(self._state())
        raise LookupError(request.path)

    def _arm(self, body: dict[str, Any], now: Moment) -> dict[str, Any]:
        value = body.get("value")
        if value is not None and not isinstance(value, str):
            value = float(value)
        fault = self._faults.arm(
            str(body.get("kind", "")),
            match=str(body.get("match", "*")),
            count=int(body.get("count", 1)),
            value=value,
        )
        self._log.append("fault", now, fault=_shown(fault))
        return _shown(fault)

    def _clear(self, body: dict[str, Any]) -> dict[str, Any]:
        if "number" in body:
            return {"cleared": self._faults.disarm(int(body["number"]))}
        self._faults.clear()
        return {"cleared": True}

    def _entries(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        since, limit = int(query.get("since", "0")), int(query.get("limit", "10000"))
        return [entry.as_json() for entry in self._log.since(since, query.get("kind", ""), limit)]


def _shown(fault: Fault) -> dict[str, Any]:
    return {**attrs.asdict(fault), "kind": fault.kind.value}
