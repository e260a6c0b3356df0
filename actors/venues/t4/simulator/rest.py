"""REST: logins, lists of exchanges, contracts and markets, charts; pure, time handed in.

The spelling of keys is the venue's own: `exchangeId` among exchanges, `exchangeID`, `contractID` and
`marketID` elsewhere.
"""

from collections.abc import Callable
from typing import Any, Final

from actors.venues.t4.simulator import charts, logins
from actors.venues.t4.simulator.codes import STRATEGY_WORDS, PriceFormat, StrategyType
from actors.venues.t4.simulator.listings import EXCHANGES, Listing
from actors.venues.t4.simulator.messages import LoginRequest
from actors.venues.t4.simulator.tokens import Bearer
from actors.venues.t4.simulator.venue import Venue
from engine.simulator.jsontext import NotJson, dumps, loads
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response

NOT_FOUND: Final = Response(404, dumps({"message": "not found"}))
SEARCH_CHARS_MIN: Final = 2
_UNAUTHORIZED: Final = Response(401, dumps({"message": "unauthorized"}))
_FORMATS: Final = {
    "Decimal": PriceFormat.DECIMAL,
    "Real": PriceFormat.REAL,
    "ClearingDecimal": PriceFormat.CLEARING_DECIMAL,
}

Route = Callable[["Rest", Request, int], Any]


class Rest:
    """Answers the venue's routes.

    Args:
        venue: what is asked about.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def answer(self, request: Request, now: Moment) -> Response:
        """The response."""
        if (request.method, request.path) == ("POST", "/login"):
            return self._log_in(request, now)
        route = _ROUTES.get(request.path.rstrip("/"))
        if route is None or request.method != "GET":
            return NOT_FOUND
        bearer = self._bearer(request, now)
        if bearer is None:
            return _UNAUTHORIZED
        try:
            return Response(200, dumps(route(self, request, bearer.price_format)))
        except charts.BadRequest as error:
            return Response(400, dumps({"message": str(error)}))
        except LookupError:
            return NOT_FOUND

    # --- who asks -------------------------------------------------------------------------

    def _bearer(self, request: Request, now: Moment) -> Bearer | None:
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._venue.tokens.read(word.strip(), now)
        if scheme.lower() == "apikey":
            verdict = logins.judged(LoginRequest(api_key=word.strip() or "-"), self._users)
            if verdict.user is not None:
                return Bearer(verdict.user.user_id, PriceFormat.DECIMAL)
        return None

    @property
    def _users(self) -> Any:
        return self._venue.settings.users

    def _log_in(self, request: Request, now: Moment) -> Response:
        try:
            given = loads(request.body)
        except NotJson:
            return Response(400, dumps({"message": "not JSON"}))
        if not isinstance(given, dict):
            return Response(400, dumps({"message": "not an object"}))
        words = {name: str(given.get(name) or "") for name in _LOGIN}
        price_format = _FORMATS.get(words["priceFormat"] or "Decimal")
        if price_format is None:
            return Response(400, dumps({"message": "unknown priceFormat"}))
        wanted = LoginRequest(
            firm=words["firm"],
            username=words["userName"],
            password=words["password"],
            app_name=words["appName"],
            app_license=words["appLicense"],
        )
        verdict = logins.judged(wanted, self._users)
        if verdict.user is None:
            return Response(401, dumps({"message": verdict.text}))
        token = self._venue.tokens.issue(verdict.user.user_id, price_format, now)
        return Response(200, dumps({"token": token.text, "expires": token.expires_s}))

    # --- lists ----------------------------------------------------------------------------

    def exchanges(self, *_: Any) -> Any:
        """All exchanges."""
        return [
            {"exchangeId": name, "clearingExchange": clearing, "description": text}
            for name, (clearing, text) in EXCHANGES.items()
            if any(each.exchange_id == name for each in self._venue.listings)
        ]

    def contracts(self, request: Request, *_: Any) -> Any:
        """The contracts of an exchange."""
        wanted = request.fields.get("exchangeid", "")
        return self._contracts(lambda each: each.exchange_id == wanted)

    def search(self, request: Request, *_: Any) -> Any:
        """Contracts by a part of their name, in lower case."""
        text = request.fields.get("search", "")
        if len(text) < SEARCH_CHARS_MIN:
            raise charts.BadRequest(f"search needs {SEARCH_CHARS_MIN} letters")
        return self._contracts(
            lambda each: text in f"{each.contract_id} {each.description}".lower()
        )

    def _contracts(self, wanted: Callable[[Listing], bool]) -> Any:
        found: dict[tuple[str, str], dict[str, str]] = {}
        for each in filter(wanted, self._venue.listings):
            key = (each.exchange_id, each.contract_id)
            text = each.description.removesuffix(f" {each.month}")
            found.setdefault(
                key,
                {
                    "exchangeID": each.exchange_id,
                    "contractID": each.contract_id,
                    "description": text,
                    "contractType": "Future",
                    "currency": each.currency,
                },
            )
        return list(found.values())

    def groups(self, request: Request, *_: Any) -> Any:
        """What kinds of markets a contract has."""
        counts: dict[tuple[int, int], int] = {}
        for each in self._of_contract(request):
            outright = each.strategy_type == StrategyType.NONE
            key = (each.strategy_type, 0 if outright else each.expiry_date)
            counts[key] = counts.get(key, 0) + 1
        return [
            {
                "strategyType": STRATEGY_WORDS[StrategyType(strategy)],
                "expiryDate": expiry_date or None,
                "marketCount": number,
            }
            for (strategy, expiry_date), number in counts.items()
        ]

    def picker(self, request: Request, *_: Any) -> Any:
        """The markets of a kind."""
        wanted = request.fields.get("strategytype", "None")
        expiry_date = request.fields.get("expirydate", "")
        return [
            _market(each)
            for each in self._of_contract(request)
            if STRATEGY_WORDS[StrategyType(each.strategy_type)] == wanted
            and (not expiry_date or wanted == "None" or str(each.expiry_date) == expiry_date)
        ]

    def first_market(self, request: Request, *_: Any) -> Any:
        """The front month of a contract."""
        for each in self._of_contract(request):
            if each.strategy_type == StrategyType.NONE:
                return _market(each)
        raise LookupError("no market")

    def _of_contract(self, request: Request) -> list[Listing]:
        key = (request.fields.get("exchangeid", ""), request.fields.get("contractid", ""))
        return [
            each
            for each in self._venue.listings
            if (each.exchange_id, each.contract_id) == key and not each.expired
        ]

    # --- charts ---------------------------------------------------------------------------

    def _market_of(self, request: Request) -> Listing:
        fields = request.fields
        key = (fields.get("exchangeId", ""), fields.get("contractId", ""))
        for each in self._venue.listings:
            named = fields.get("marketID", each.market_id) == each.market_id
            if (each.exchange_id, each.contract_id) == key and named:
                return each
        raise LookupError("no market")

    def bar_chart(self, request: Request, price_format: int) -> Any:
        """Bars of a market, or of the front month of a contract."""
        listing = self._market_of(request)
        return charts.bar_chart(self._venue, listing, request.fields, price_format)

    def trade_history(self, request: Request, price_format: int) -> Any:
        """Trades of a market, or of the front month of a contract."""
        listing = self._market_of(request)
        return charts.trade_history(self._venue, listing, request.fields, price_format)


def _market(listing: Listing) -> dict[str, Any]:
    return {
        "exchangeID": listing.exchange_id,
        "contractID": listing.contract_id,
        "marketID": listing.market_id,
        "description": listing.description,
        "expiryDate": listing.expiry_date,
        "strategyType": STRATEGY_WORDS[StrategyType(listing.strategy_type)],
    }


_LOGIN: Final = ("firm", "userName", "password", "appName", "appLicense", "priceFormat")
_ROUTES: Final[dict[str, Route]] = {
    "/markets/exchanges": Rest.exchanges,
    "/markets/contracts": Rest.contracts,
    "/markets/contracts/search": Rest.search,
    "/markets/picker/groups": Rest.groups,
    "/markets/picker": Rest.picker,
    "/markets/picker/firstmarket": Rest.first_market,
    "/chart/barchart": Rest.bar_chart,
    "/chart/tradehistory": Rest.trade_history,
}
