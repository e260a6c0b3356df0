"""The counter's error numbers (CTP ErrorID): their names, and which of them must never be tried again."""

from collections.abc import Mapping
from typing import Final

from engine.errors import (
    AuthError,
    ConnectFailed,
    CredentialsRejected,
    PermissionMissing,
    TransportError,
    VenueRefusal,
)

NOT_LOGIN_YET: Final = 6
"""The counter knows no login of this connection (any more)."""

NAMES: Final[Mapping[int, str]] = {
    1: "INVALID_DATA_SYNC_STATUS",
    2: "INCONSISTENT_INFORMATION",
    3: "INVALID_LOGIN",
    4: "USER_NOT_ACTIVE",
    5: "DUPLICATE_LOGIN",
    NOT_LOGIN_YET: "NOT_LOGIN_YET",
    7: "NOT_INITED",
    8: "FRONT_NOT_ACTIVE",
    9: "NO_PRIVILEGE",
    11: "USER_NOT_FOUND",
    12: "BROKER_NOT_FOUND",
    13: "INVESTOR_NOT_FOUND",
    15: "BAD_FIELD",
    16: "INSTRUMENT_NOT_FOUND",
    17: "INSTRUMENT_NOT_TRADING",
    18: "NOT_EXCHANGE_PARTICIPANT",
    19: "INVESTOR_NOT_ACTIVE",
    20: "NOT_EXCHANGE_CLIENT",
    21: "NO_VALID_TRADER_AVAILABLE",
    22: "DUPLICATE_ORDER_REF",
    23: "BAD_ORDER_ACTION_FIELD",
    24: "DUPLICATE_ORDER_ACTION_REF",
    25: "ORDER_NOT_FOUND",
    26: "INSUITABLE_ORDER_STATUS",
    27: "UNSUPPORTED_FUNCTION",
    28: "NO_TRADING_RIGHT",
    29: "CLOSE_ONLY",
    30: "OVER_CLOSE_POSITION",
    31: "INSUFFICIENT_MONEY",
    35: "BROKER_SYNCHRONIZING",
    36: "BROKER_SYNCHRONIZED",
    39: "EXCHANGE_LINK_DOWN",
    40: "EXCHANGE_TOO_MANY_OPEN_REQUESTS",
    41: "EXCHANGE_TOO_MANY_PER_SECOND",
    42: "SETTLEMENT_INFO_NOT_CONFIRMED",
    44: "EXCHANG_TRADING",
    49: "INVALID_LOGIN_IPADDRESS",
    50: "OVER_CLOSETODAY_POSITION",
    51: "OVER_CLOSEYESTERDAY_POSITION",
    60: "SINGLEUSERSESSION_EXCEED_LIMIT",
    61: "EXCHANGE_UNSUPPORTED_ARBITRAGE",
    63: "AUTH_FAILED",
    64: "NOT_AUTHENT",
    75: "LOGIN_FORBIDDEN",
    78: "SEND_EXCHANGEORDER_FAILED",
    79: "SEND_EXCHANGEORDERACTION_FAILED",
    80: "PRICETYPE_NOTSUPPORT_BYEXCHANGE",
    90: "NEED_RETRY",
    91: "EXCHANGE_RTNERROR",
    95: "BAD_PRICE_VALUE",
    106: "POSI_LIMIT",
    116: "ORDER_FREQ_LIMIT",
    131: "WEAK_PASSWORD",
    140: "FIRST_LOGIN",
    141: "PWD_OUT_OF_DATE",
    143: "IP_FORBIDDEN",
    144: "IP_BLACK",
    147: "EXCHANGE_ID_MISSING",
    148: "EXCHANGE_ID_INVALID",
    150: "EXCHANGE_ID_WRONG",
    157: "CANCEL_UNKNOWN_ORDER_UNSUPPORTED",
    3039: "API_UNSUPPORTED_VERSION",
    4040: "FRONT_SHAKE_HAND_ERR",
    4042: "AUTH_IP",
    4043: "AUTH_USER_APP_PAIR",
    4060: "AUTH_IP_BANNED",
    6000: "OVER_SUB_INST_LIMIT",
}
"""By number, in the counter's own spelling."""

CREDENTIALS: Final = frozenset({3, 11, 12, 13, 63, 75, 131, 140, 141})
"""User, password or authentication code are not taken; repeating them gets the account locked."""
FORBIDDEN: Final = frozenset({9, 49, 143, 144, 3039, 4040, 4042, 4043, 4060})
"""This user may not do that from here, or not with this version of the library."""
INSUFFICIENT_MONEY: Final = 31
NOT_CONFIRMED: Final = 42
INVALID_LOGIN: Final = 3
NEVER_AGAIN: Final = CREDENTIALS | FORBIDDEN | {INSUFFICIENT_MONEY, NOT_CONFIRMED}
"""Never tried again by ourselves; after 42 the settlement has to be confirmed first."""

DISCONNECTS: Final[Mapping[int, str]] = {
    0x1001: "reading failed, or the front closed the connection",
    0x1002: "writing failed",
    0x2001: "no sign of life from the front",
    0x2002: "no sign of life could be sent to the front",
    0x2003: "the front sent a packet that cannot be read",
}
"""Why the gateway's library lost the front."""


def name_of(code: int) -> str:
    """`42 SETTLEMENT_INFO_NOT_CONFIRMED`; the number alone for one that is not known."""
    name = NAMES.get(code)
    return str(code) if name is None else f"{code} {name}"


def refusal_of(code: int, text: str) -> VenueRefusal:
    """The counter said no to a request: a known outcome."""
    return VenueRefusal(name_of(code), text)


def login_error(code: int, text: str, step: str) -> AuthError | TransportError:
    """What a refused step of the login is: an `AuthError` must not be tried again."""
    said = f"{step} refused: {name_of(code)} {text}".rstrip()
    if code in CREDENTIALS:
        return CredentialsRejected(said)
    if code in FORBIDDEN:
        return PermissionMissing(said)
    return ConnectFailed(said)


def disconnect_reason(code: int, text: str = "") -> str:
    """Why the front is gone, in one line."""
    meaning = DISCONNECTS.get(code) or text or "no reason is known"
    return f"the front is gone: {code}, {meaning}"
