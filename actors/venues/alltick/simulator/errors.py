"""The table of `ret` codes that WebSocket and HTTP share, and the one way to say no.

A refusal is an answer of the venue, never an error of the simulator.
"""

from typing import Final

OK: Final = 200
HEADER_INVALID: Final = 400
"""Its text says header; `DATA_INVALID` has the same number on the wire and another text."""
DATA_INVALID: Final = 1400
"""Our own key of the second meaning of 400; on the wire it is 400, or 202 with legacy codes."""
TOKEN_INVALID: Final = 401
QUERY_INVALID: Final = 402
RATE_LIMIT: Final = 429
CODE_INVALID: Final = 600
BODY_EMPTY: Final = 601
LEVEL_NOT_ENOUGH: Final = 603
CODE_UNAUTHORIZED: Final = 604
TOO_MANY_REQUESTS: Final = 605
CLOSING: Final = 606

TEXTS: Final[dict[int, str]] = {
    OK: "ok",
    HEADER_INVALID: "request header param invalid",
    DATA_INVALID: "request data param invalid",
    TOKEN_INVALID: "token invalid",
    QUERY_INVALID: "query invalid",
    RATE_LIMIT: "Too Many Requests",
    CODE_INVALID: "code invalid",
    BODY_EMPTY: "body empty",
    LEVEL_NOT_ENOUGH: "token level not enough",
    CODE_UNAUTHORIZED: "code unauthorized",
    TOO_MANY_REQUESTS: "too many requests",
    CLOSING: "too many requests and connection will be closed",
}

_LEGACY: Final = {HEADER_INVALID: 201, DATA_INVALID: 202}
_ON_THE_WIRE: Final = {DATA_INVALID: 400}


def ret_of(code: int, *, legacy: bool) -> int:
    """The number on the wire: 400 twice, or 201 and 202 as the header pages have it."""
    return _LEGACY.get(code, code) if legacy else _ON_THE_WIRE.get(code, code)


class Refusal(Exception):
    """The venue answers no, with one code of the table."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(TEXTS[code])
