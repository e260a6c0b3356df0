"""The HTTP methods: request to response, pure; one handler per method.

Every path wants a token. `GET` methods carry their envelope in the parameter `query`, `POST` in the
body; what is wrong with either has a code of its own. One bad code in a list spoils the whole
request; codes beyond what the plan allows in one request are not even looked at.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from actors.venues.alltick.simulator import errors, jsontext, requests
from actors.venues.alltick.simulator.candles import Bar
from actors.venues.alltick.simulator.catalog import AssetClass
from actors.venues.alltick.simulator.errors import Refusal
from actors.venues.alltick.simulator.halts import EXCHANGES, suspensions
from actors.venues.alltick.simulator.history import (
    KLINE_TYPES,
    NOT_FOR_STOCKS,
    ROWS_MAX,
    KlineType,
    bars,
)
from actors.venues.alltick.simulator.payloads import Printer, turnover_text
from actors.venues.alltick.simulator.plans import Plan
from actors.venues.alltick.simulator.settings import Account
from actors.venues.alltick.simulator.statics import static_row
from actors.venues.alltick.simulator.symbols import SymbolState
from actors.venues.alltick.simulator.venue import Venue, is_stock
from engine.simulator.jsontext import NotJson
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response

TOKEN_MISSING: Final = Response(401, '{"msg":"token is required","ret":401}')
TOKEN_WRONG: Final = Response(401, '{"ret":401,"msg":"token invalid"}')
NOT_FOUND: Final = Response(404, "404 page not found", content_type="text/plain")
PREFIXES: Final = {"/quote-stock-b-api/": "stock", "/quote-b-api/": "other"}
SUSPENSION: Final = "/api/suspension/"
BATCH_ROWS_MAX: Final = 2
"""Of one code in a /batch-kline; more are cut."""
END_OF_TIME_S: Final = 1 << 40
DIGITS_MAX: Final = 18

_STATUS: Final = {
    errors.TOKEN_INVALID: 401,
    errors.LEVEL_NOT_ENOUGH: 403,
    errors.CODE_UNAUTHORIZED: 403,
    errors.RATE_LIMIT: 429,
    errors.TOO_MANY_REQUESTS: 429,
}


@attrs.frozen(kw_only=True)
class Call:
    """One request that has an account and a path family."""

    family: str
    account: Account
    plan: Plan
    data: Mapping[str, Any]
    now: Moment


Handler = Callable[["Rest", Call], dict[str, Any]]


class Rest:
    """Answers HTTP requests.

    Args:
        venue: what they ask about.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._printer = Printer(venue.settings, over_http=True)

    def answer(self, request: Request, now: Moment) -> Response:
        """The response to one request."""
        token = request.fields.get("token", "")
        if not token:
            return TOKEN_MISSING
        account = self._venue.account(token)
        if account is None:
            return TOKEN_WRONG
        if request.path.startswith(SUSPENSION):
            return self._suspension(request, account, now)
        prefix = next((each for each in PREFIXES if request.path.startswith(each)), None)
        if prefix is None:
            return NOT_FOUND
        method = request.path.removeprefix(prefix).rstrip("/")
        handler = METHODS.get((request.method, method))
        if handler is None or (method == "static_info" and PREFIXES[prefix] != "stock"):
            return NOT_FOUND
        return self._call(handler, request, account, PREFIXES[prefix], now)

    def _call(
        self, handler: Handler, request: Request, account: Account, family: str, now: Moment
    ) -> Response:
        plan, trace = self._venue.plan(account), ""
        try:
            self._admit(account, plan, request.path, now)
            trace, data = _envelope(request)
            call = Call(family=family, account=account, plan=plan, data=data, now=now)
            return self.respond(errors.OK, trace, handler(self, call))
        except Refusal as refusal:
            return self.respond(refusal.code, trace, {})

    def respond(self, code: int, trace: str, data: Mapping[str, Any]) -> Response:
        """A response with a code of the table."""
        settings = self._venue.settings
        ret = errors.ret_of(code, legacy=settings.legacy_ret)
        body = {"ret": ret, "msg": errors.TEXTS[code], "trace": trace, "data": dict(data)}
        status = 200
        if code != errors.OK and settings.http_status == "by_kind":
            status = _STATUS.get(code, 400)
        return Response(status, jsontext.dumps(body))

    def _admit(self, account: Account, plan: Plan, path: str, now: Moment) -> None:
        settings = self._venue.settings
        if not settings.rate_limits:
            return
        if not self._venue.http_limits.admit(account.token, plan, path.rstrip("/"), now):
            raise Refusal(settings.rate_limit_ret)

    def _suspension(self, request: Request, account: Account, now: Moment) -> Response:
        exchange = request.path.removeprefix(SUSPENSION).rstrip("/")
        if request.method != "GET" or exchange not in EXCHANGES:
            return NOT_FOUND
        try:
            self._admit(account, self._venue.plan(account), request.path, now)
        except Refusal as refusal:
            return self.respond(refusal.code, "", {})
        status, body = suspensions(exchange, request.fields, now)
        return Response(status, jsontext.dumps(body))

    # --- codes ----------------------------------------------------------------------------

    def _state(self, call: Call, code: object) -> SymbolState:
        """The instrument of a code; Refusal for one that this path or plan does not have."""
        if not isinstance(code, str) or not code:
            raise Refusal(errors.DATA_INVALID)
        if code not in self._venue.codes[call.family]:
            raise Refusal(errors.CODE_INVALID)
        if code in self._venue.unauthorized(call.account, call.family):
            raise Refusal(errors.CODE_UNAUTHORIZED)
        return self._venue.wake(code, call.now)

    def _states(self, call: Call) -> list[SymbolState]:
        codes = requests.codes(call.data)[: call.plan.http_codes]
        return [self._state(call, code) for code in codes]

    # --- methods --------------------------------------------------------------------------

    def depth_tick(self, call: Call) -> dict[str, Any]:
        """The newest books."""
        printer = self._printer
        rows = [
            printer.book(state, state.last_book(), state.listing.levels)
            for state in self._states(call)
        ]
        return {"tick_list": rows}

    def trade_tick(self, call: Call) -> dict[str, Any]:
        """The newest trades."""
        rows = [self._printer.trade(state, state.last_trade()) for state in self._states(call)]
        return {"tick_list": rows}

    def static_info(self, call: Call) -> dict[str, Any]:
        """What does not change from day to day."""
        return {"static_info_list": [static_row(state.listing) for state in self._states(call)]}

    def kline(self, call: Call) -> dict[str, Any]:
        """Bars of one code."""
        data = call.data
        rows = self._bars(call, data, ROWS_MAX)
        return {"code": data["code"], "kline_type": _number(data, "kline_type"), "kline_list": rows}

    def batch_kline(self, call: Call) -> dict[str, Any]:
        """The newest bars of several codes."""
        wanted = call.data.get("data_list")
        if not isinstance(wanted, list) or not wanted:
            raise Refusal(errors.DATA_INVALID)
        if len(wanted) > call.plan.batch_groups:
            raise Refusal(errors.LEVEL_NOT_ENOUGH)
        return {"kline_list": [self._group(call, each) for each in wanted]}

    def _group(self, call: Call, wanted: object) -> dict[str, Any]:
        if not isinstance(wanted, dict):
            raise Refusal(errors.DATA_INVALID)
        rows = self._bars(call, wanted, BATCH_ROWS_MAX)
        return {
            "code": wanted["code"],
            "kline_type": _number(wanted, "kline_type"),
            "kline_data": rows,
        }

    def _bars(self, call: Call, wanted: Mapping[str, Any], rows_max: int) -> list[dict[str, str]]:
        state = self._state(call, wanted.get("code"))
        kind, end_s = _number(wanted, "kline_type"), _number(wanted, "kline_timestamp_end")
        count, adjust = _number(wanted, "query_kline_num"), _number(wanted, "adjust_type", 0)
        stock = is_stock(state.listing)
        if kind not in KLINE_TYPES or count < 1 or adjust:
            raise Refusal(errors.DATA_INVALID)
        if stock and kind in NOT_FOR_STOCKS:
            raise Refusal(errors.DATA_INVALID)
        cfd = state.listing.asset_class is AssetClass.CFD_INDEX
        until_s = END_OF_TIME_S if stock or cfd or not end_s else end_s
        rows = bars(state.past, state.candles, KlineType(kind), until_s, min(count, rows_max))
        return [_row(state, bar) for bar in rows]


METHODS: Final[dict[tuple[str, str], Handler]] = {
    ("GET", "kline"): Rest.kline,
    ("POST", "batch-kline"): Rest.batch_kline,
    ("GET", "depth-tick"): Rest.depth_tick,
    ("GET", "trade-tick"): Rest.trade_tick,
    ("GET", "static_info"): Rest.static_info,
}


def _envelope(request: Request) -> tuple[str, Mapping[str, Any]]:
    """Trace and data of a request.

    Raises:
        Refusal: 402 for a `query` that is none, 601 for no body, 400 for the envelope itself.
    """
    raw: str | bytes = request.fields.get("query", "") if request.method == "GET" else request.body
    if request.method != "GET" and not raw.strip():
        raise Refusal(errors.BODY_EMPTY)
    try:
        value = jsontext.loads(raw)
    except NotJson:
        code = errors.QUERY_INVALID if request.method == "GET" else errors.HEADER_INVALID
        raise Refusal(code) from None
    if not isinstance(value, dict):
        raise Refusal(errors.HEADER_INVALID)
    trace, data = value.get("trace"), value.get("data")
    if not isinstance(trace, str) or not isinstance(data, dict):
        raise Refusal(errors.HEADER_INVALID)
    return trace, data


def _number(data: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number of at least 0, as a number or as its digits; Refusal for anything else."""
    value = data.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refusal(errors.DATA_INVALID)
    return value


def _row(state: SymbolState, bar: Bar) -> dict[str, str]:
    return {
        "timestamp": str(bar.start_s),
        "open_price": state.price_text(bar.open),
        "close_price": state.price_text(bar.close),
        "high_price": state.price_text(bar.high),
        "low_price": state.price_text(bar.low),
        "volume": state.lots_text(bar.lots),
        "turnover": turnover_text(state, bar.tick_lots),
    }
