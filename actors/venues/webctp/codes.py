"""Two tables of message codes, told apart by what messages hold. Pure.

On 2025-11-04 a code was put into the middle of the gateway's table; its document still shows the older
one. A codec with the wrong table reads an error as an acceptance and an acceptance as a trade. Codes up to
13 are alike. From 14 on the fields say what a message is, and the code then says which table the gateway has.
No order may be sent before something proved the table, nor when two proofs contradict each other.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from actors.venues.webctp.wire import Message
from engine.session.values import Object


class Endpoint(StrEnum):
    """Which of the gateway's two sockets."""

    MARKET_DATA = "market_data"
    TRADE = "trade"


class Kind(StrEnum):
    """What a message is, whatever its code."""

    PERFORMED = "performed"
    ERROR = "error"
    ERROR_NULL = "error_null"
    ERROR_UNKNOWN_VALUE = "error_unknown_value"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    HEARTBEAT_TIMEOUT = "heartbeat_timeout"
    TRADING_DAY = "trading_day"
    AUTHENTICATE = "authenticate"
    LOGIN = "login"
    LOGOUT = "logout"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    MARKET_DATA = "market_data"
    SETTLEMENT_INFO = "settlement_info"
    SETTLEMENT_INFO_CONFIRM = "settlement_info_confirm"
    TRADING_ACCOUNT = "trading_account"
    ORDER_INSERT_ERROR = "order_insert_error"
    ORDER_INSERT_RETURN_ERROR = "order_insert_return_error"
    ORDER_INSERTED = "order_inserted"
    ORDER_TRADED = "order_traded"
    QUERY_ORDER = "query_order"
    ORDER_DELETE_ERROR = "order_delete_error"
    ORDER_DELETE_RETURN_ERROR = "order_delete_return_error"
    ORDER_DELETED = "order_deleted"
    QUERY_INSTRUMENT = "query_instrument"


class Generation(StrEnum):
    """Which table the gateway at the other end has."""

    UNPROVEN = "unproven"
    SOURCE = "source"
    """The table of the source, since 2025-11-04."""
    DOCUMENT = "document"
    """The table of the document, older than that. It has no `delete_order`."""
    DOUBTED = "doubted"
    """Proofs contradict each other, or a message fits neither."""


MARKET_CODES: Final[Mapping[int, Kind]] = {
    0: Kind.PERFORMED,
    1: Kind.ERROR,
    2: Kind.CONNECTED,
    3: Kind.DISCONNECTED,
    4: Kind.HEARTBEAT_TIMEOUT,
    5: Kind.LOGIN,
    6: Kind.LOGOUT,
    7: Kind.TRADING_DAY,
    8: Kind.SUBSCRIBE,
    9: Kind.UNSUBSCRIBE,
    10: Kind.MARKET_DATA,
}
"""`/market_data`, in both generations."""

TRADE_CODES: Final[Mapping[int, Kind]] = {
    0: Kind.PERFORMED,
    1: Kind.ERROR,
    2: Kind.ERROR_NULL,
    3: Kind.ERROR_UNKNOWN_VALUE,
    4: Kind.CONNECTED,
    5: Kind.TRADING_DAY,
    6: Kind.DISCONNECTED,
    7: Kind.AUTHENTICATE,
    8: Kind.LOGIN,
    9: Kind.LOGOUT,
    10: Kind.SETTLEMENT_INFO,
    11: Kind.SETTLEMENT_INFO_CONFIRM,
    12: Kind.TRADING_ACCOUNT,
    13: Kind.ORDER_INSERT_ERROR,
}
"""`/trade`, as far as both generations agree."""

SOURCE_CODES: Final[Mapping[int, Kind]] = {
    14: Kind.ORDER_INSERT_RETURN_ERROR,
    15: Kind.ORDER_INSERTED,
    16: Kind.ORDER_TRADED,
    17: Kind.QUERY_ORDER,
    18: Kind.ORDER_DELETE_ERROR,
    19: Kind.ORDER_DELETE_RETURN_ERROR,
    20: Kind.ORDER_DELETED,
    21: Kind.QUERY_INSTRUMENT,
}
DOCUMENT_CODES: Final[Mapping[int, Kind]] = {
    14: Kind.ORDER_INSERTED,
    15: Kind.ORDER_TRADED,
    16: Kind.QUERY_ORDER,
}


class Shape(StrEnum):
    """What the fields of a message say it is."""

    INSERT_ERROR = "insert_error"
    ORDER = "order"
    TRADE = "trade"
    ORDER_ROW = "order_row"
    DELETE_ERROR = "delete_error"
    INSTRUMENT = "instrument"
    EMPTY = "empty"
    """An answer without a record."""
    UNKNOWN = "unknown"


SHAPES_OF: Final[Mapping[Kind, frozenset[Shape]]] = {
    Kind.ORDER_INSERT_RETURN_ERROR: frozenset({Shape.INSERT_ERROR}),
    Kind.ORDER_INSERTED: frozenset({Shape.ORDER}),
    Kind.ORDER_TRADED: frozenset({Shape.TRADE}),
    Kind.QUERY_ORDER: frozenset({Shape.ORDER_ROW, Shape.EMPTY}),
    Kind.ORDER_DELETE_ERROR: frozenset({Shape.DELETE_ERROR, Shape.EMPTY}),
    Kind.ORDER_DELETE_RETURN_ERROR: frozenset({Shape.DELETE_ERROR}),
    Kind.ORDER_DELETED: frozenset({Shape.ORDER}),
    Kind.QUERY_INSTRUMENT: frozenset({Shape.INSTRUMENT, Shape.EMPTY}),
}
"""What a message of this kind may look like."""


def shape_of(info: Object) -> Shape:
    """What these fields are: the rules of the fact sheet, from the most telling field on."""
    if "trade_id" in info:
        return Shape.TRADE
    if "action_flag" in info or "order_action_ref" in info:
        return Shape.DELETE_ERROR
    if "order_status" in info:
        return Shape.ORDER_ROW if "is_last" in info else Shape.ORDER
    if "order_ref" in info:
        return Shape.INSERT_ERROR
    if "volume_multiple" in info or "product_class" in info:
        return Shape.INSTRUMENT
    if "is_last" in info and info.keys() <= {"req_id", "is_last"}:
        return Shape.EMPTY
    return Shape.UNKNOWN


@attrs.frozen
class Judged:
    """What a message is and what its code says of the gateway.

    `kind` is None for a message that fits neither table: it must not be used. `proves` is None when it
    says nothing.
    """

    kind: Kind | None
    proves: Generation | None = None


def judge_trade(code: int, info: Object) -> Judged:
    """A message of `/trade`: kind by code up to 13, by fields beyond."""
    known = TRADE_CODES.get(code)
    if known is not None:
        return Judged(known)
    shape = shape_of(info)
    fits = [
        (generation, kind)
        for generation, table in (
            (Generation.SOURCE, SOURCE_CODES),
            (Generation.DOCUMENT, DOCUMENT_CODES),
        )
        if (kind := table.get(code)) is not None and shape in SHAPES_OF[kind]
    ]
    if len(fits) != 1:
        return Judged(None, Generation.DOUBTED)
    return Judged(fits[0][1], fits[0][0])


class Codes:
    """What is known of one connection's gateway."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.generation = Generation.UNPROVEN
        self.doubt = ""
        """Why, once the table is doubted."""

    def restart(self) -> None:
        """Another connection may lead to another gateway."""
        self.generation, self.doubt = Generation.UNPROVEN, ""

    def read(self, message: Message) -> Kind | None:
        """What a message is, None for one that must not be used; proofs are kept.

        A doubt stays for as long as the connection.
        """
        if self._endpoint is Endpoint.MARKET_DATA:
            return MARKET_CODES.get(message.code)
        judged = judge_trade(message.code, message.info)
        self._learn(judged, message)
        return judged.kind

    def _learn(self, judged: Judged, message: Message) -> None:
        proof = judged.proves
        if proof is None or self.generation in (proof, Generation.DOUBTED):
            return
        if self.generation is Generation.UNPROVEN and proof is not Generation.DOUBTED:
            self.generation = proof
            return
        self.doubt = (
            f"message code {message.code} with the fields of {shape_of(message.info)}, "
            f"after the gateway's table was {self.generation}"
        )
        self.generation = Generation.DOUBTED

    def refusal(self, *, document_accepted: bool) -> str:
        """Why no order may be sent to this gateway; empty when one may."""
        if self.generation is Generation.SOURCE:
            return ""
        if self.generation is Generation.DOUBTED:
            return f"the gateway's message codes are in doubt: {self.doubt}"
        if self.generation is Generation.UNPROVEN:
            return "which message codes the gateway has is not proven yet"
        if document_accepted:
            return ""
        return "the gateway is older than 2025-11-04 and cannot cancel orders"
