"""The HTTP API's code table and the exception that ends a request with one of them.

The first block is the fact sheet's (section 2.6). No list of the venue's business codes exists in
any source, so the second block is invented: a client must treat it as it treats any unknown code.
"""

from typing import Final

OK: Final = 0

SIGNATURE_INVALID: Final = 403201
DUPLICATE_REQUEST: Final = 403202
KEY_ILLEGAL: Final = 403203
ADDRESS_REFUSED: Final = 403205
TOKEN_EXPIRED: Final = 401003
TOKEN_INVALID: Final = 401004
TOKEN_UNVERIFIED: Final = 401102
ADDRESS_RATE: Final = 429001
REQUEST_RATE: Final = 429002
CIRCUIT_BREAKER: Final = 429303
INTERNAL: Final = 500000
PARAMETER: Final = 602001
REPLACE_UNSUPPORTED: Final = 602012
TICK: Final = 602035
REGION: Final = 602315

ROUTE_UNKNOWN: Final = 404000
LIVE_TOKEN_REFUSED: Final = 403210
SYMBOL_UNKNOWN: Final = 602900
LOT: Final = 602901
BUYING_POWER: Final = 602902
HOLDINGS: Final = 602903
ORDER_UNKNOWN: Final = 602904
ORDER_CLOSED: Final = 602905
ORDER_BUSY: Final = 602906
ORDER_REFUSED: Final = 602907

TABLE: Final[dict[int, tuple[int, str]]] = {
    SIGNATURE_INVALID: (403, "signature invalid"),
    DUPLICATE_REQUEST: (403, "duplicate request"),
    KEY_ILLEGAL: (403, "apikey illegal"),
    ADDRESS_REFUSED: (403, "ip is not allowed"),
    TOKEN_EXPIRED: (401, "token expired"),
    TOKEN_INVALID: (401, "token invalid"),
    TOKEN_UNVERIFIED: (401, "token verification failed"),
    ADDRESS_RATE: (429, "ip request ratelimit"),
    REQUEST_RATE: (429, "api request is limited"),
    CIRCUIT_BREAKER: (429, "gateway circuit breaker"),
    INTERNAL: (500, "internal error"),
    PARAMETER: (400, "parameter check failed"),
    REPLACE_UNSUPPORTED: (400, "Order amendment is not supported for this order type"),
    TICK: (400, "Wrong bid size, please change the price"),
    REGION: (400, "Restricted in your region"),
    # invented from here on
    ROUTE_UNKNOWN: (404, "no such route"),
    LIVE_TOKEN_REFUSED: (403, "paper trading was asked for with the token of a live account"),
    SYMBOL_UNKNOWN: (400, "symbol is not tradeable"),
    LOT: (400, "quantity is no multiple of the lot size"),
    BUYING_POWER: (400, "buying power is insufficient"),
    HOLDINGS: (400, "holdings are insufficient"),
    ORDER_UNKNOWN: (400, "order not found"),
    ORDER_CLOSED: (400, "order is closed"),
    ORDER_BUSY: (400, "order is in no state to be changed or cancelled"),
    ORDER_REFUSED: (400, "order refused"),
}
"""HTTP status and usual message of every code."""

INVENTED: Final = frozenset(
    {
        ROUTE_UNKNOWN,
        LIVE_TOKEN_REFUSED,
        SYMBOL_UNKNOWN,
        LOT,
        BUYING_POWER,
        HOLDINGS,
        ORDER_UNKNOWN,
        ORDER_CLOSED,
        ORDER_BUSY,
        ORDER_REFUSED,
    }
)
"""Codes that no source of the venue names."""


class Refusal(Exception):
    """A request is answered with an error code and changed nothing."""

    def __init__(self, code: int, message: str = "") -> None:
        status, usual = TABLE.get(code, (400, "error"))
        self.code = code
        self.status = status
        self.message = message or usual
        super().__init__(f"{code} {self.message}")
