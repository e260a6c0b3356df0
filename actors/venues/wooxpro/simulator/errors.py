"""The venue's error table: every REST code with its HTTP status and text, and the one exception.

A refusal is raised where it is found and becomes the venue's error envelope at the edge (`rest.py`).
"""

from typing import Final

OK: Final = 1000
NOT_FOUND: Final = 30000
KEY_EMPTY: Final = 30001
KEY_NOT_FOUND: Final = 30002
SIGN_EMPTY: Final = 30004
SIGN_WRONG: Final = 30005
TIMESTAMP_EMPTY: Final = 30006
TIMESTAMP_RANGE: Final = 30007
TIMESTAMP_FORMAT: Final = 30008
TOO_MANY_REQUESTS: Final = 30013
UNAVAILABLE: Final = 30014
TEAPOT: Final = 30017
BODY_NOT_JSON: Final = 30018
PARSE_PARAMETER: Final = 40007
INVALID_REQUEST: Final = 40011
SYSTEM_ERROR: Final = 40012
CONTRACT_OFFLINE: Final = 40014
CONTRACT_PAUSED: Final = 40015
POSITION_VOLUME: Final = 40020
POSITION_NOT_FOUND: Final = 40021
BALANCE_NOT_ENOUGH: Final = 40027
TOO_MANY_PLAN_ORDERS: Final = 40028
LEVERAGE_TOO_LARGE: Final = 40029
LEVERAGE_TOO_SMALL: Final = 40030
CONTRACT_NOT_FOUND: Final = 40034
ORDER_NOT_FOUND: Final = 40035
ORDER_STATUS: Final = 40036
ORDER_ID_NOT_FOUND: Final = 40037
KLINE_STEP: Final = 40038
TIMESTAMP_INVALID: Final = 40039
LEVERAGE_INVALID: Final = 40040
SIDE_INVALID: Final = 40041
TYPE_INVALID: Final = 40042
PRECISION_INVALID: Final = 40043
RANGE_INVALID: Final = 40044
OPEN_TYPE_INVALID: Final = 40045
CLIENT_ID_CHARSET: Final = 40048
CLIENT_ID_LENGTH: Final = 40049
CLIENT_ID_DUPLICATE: Final = 40050
MODE_SWITCH_REFUSED: Final = 40059

TABLE: Final[dict[int, tuple[int, str]]] = {
    1000: (200, "Ok"),
    30000: (404, "Not found"),
    30001: (401, "Header X-API-KEY is empty"),
    30002: (401, "Header X-API-KEY not found"),
    30003: (401, "Header X-API-KEY has frozen"),
    30004: (401, "Header X-API-SIGN is empty"),
    30005: (401, "Header X-API-SIGN is wrong"),
    30006: (401, "Header X-API-TIMESTAMP is empty"),
    30007: (401, "Header X-API-TIMESTAMP range. Within a minute"),
    30008: (401, "Header X-API-TIMESTAMP invalid format"),
    30010: (403, "IP is forbidden. We recommend enabling IP whitelist for API trading."),
    30011: (403, "Header X-API-KEY has expired"),
    30012: (403, "Header X-API-KEY is not allowed for this request"),
    30013: (429, "Request too many requests"),
    30014: (503, "Service unavailable"),
    30016: (200, "Service maintenance, the function is temporarily unavailable"),
    30017: (418, "Your account request is temporarily rejected due to violation of limit rules"),
    30018: (503, "Request Body requires JSON format"),
    30019: (200, "You do not have the permissions to perform this operation"),
    30030: (200, "You are using old version of API"),
    30031: (200, "This API endpoint is deprecated"),
    40001: (400, "Cloud account not found"),
    40002: (400, "out_trade_no not found"),
    40003: (400, "out_trade_no already existed"),
    40004: (400, "Cloud account count limit"),
    40005: (400, "Transfer vol precision error"),
    40006: (400, "Invalid ip error"),
    40007: (400, "Parse parameter error"),
    40008: (400, "Check nonce error"),
    40009: (400, "Check ver error"),
    40010: (400, "Not found func error"),
    40011: (400, "Invalid Request"),
    40012: (500, "System error"),
    40013: (400, "Access too often, please check your system time."),
    40014: (400, "This contract is offline"),
    40015: (400, "This contract's exchange has been paused"),
    40016: (400, "This order would trigger user position liquidate"),
    40017: (400, "It is not possible to open and close simultaneously in the same position"),
    40018: (400, "Your position is closed"),
    40019: (400, "Your position is in liquidation delegating"),
    40020: (400, "Your position volume is not enough"),
    40021: (400, "The position is not exist"),
    40022: (400, "The position is not isolated"),
    40023: (400, "The position would liquidate when sub margin"),
    40024: (400, "The position would be warning of liquidation when sub margin"),
    40025: (400, "The position's margin shouldn't be lower than the base limit"),
    40026: (400, "Your cross margin position is in liquidation delegating"),
    40027: (400, "Your contract account available balance not enough"),
    40028: (400, "Your plan order's count is more than system maximum limit."),
    40029: (400, "The order's leverage is too large."),
    40030: (400, "The order's leverage is too small."),
    40031: (400, "The deviation between current price and trigger price is too large."),
    40032: (400, "The plan order's life cycle is too long."),
    40033: (400, "The plan order's life cycle is too short."),
    40034: (400, "This contract is not found"),
    40035: (400, "The order is not exist"),
    40036: (400, "The order status is invalid"),
    40037: (400, "The order id is not exist"),
    40038: (400, "The k-line step is invalid"),
    40039: (400, "The timestamp is invalid"),
    40040: (400, "The order leverage is invalid"),
    40041: (400, "The order side is invalid"),
    40042: (400, "The order type is invalid"),
    40043: (400, "The order precision is invalid"),
    40044: (400, "The order range is invalid"),
    40045: (400, "The order open type is invalid"),
    40046: (403, "The account is not opened futures"),
    40047: (403, "Services not available in your countries and areas"),
    40048: (403, "ClientOrderId only allows a combination of numbers and letters"),
    40049: (403, "The maximum length of clientOrderId cannot exceed 32"),
    40050: (403, "Client OrderId duplicated with existing orders"),
    40059: (400, "Position mode cannot be changed while positions or orders are open"),
    42000: (400, "Your balance is not enough"),
}


class Refusal(Exception):
    """The venue answers no, with one code of the table.

    Args:
        code: a key of `TABLE`.
        detail: appended to the table's text, to say which field was meant.
    """

    def __init__(self, code: int, detail: str = "") -> None:
        status, text = TABLE[code]
        self.code = code
        self.status = status
        self.text = f"{text}: {detail}" if detail else text
        super().__init__(self.text)
