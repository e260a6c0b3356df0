"""What makes a fill unique at a venue, as a declaration that makes the keys as well.

A fill comes twice sooner or later: by the stream and by a query, after a reconnect, from two
sessions. It is counted once per key and account, so a key that two fills share loses one of them and
a key that one fill has twice counts it twice. Which parts are needed is the venue's affair (some
repeat trade ids on each exchange, each day, or on both sides of a trade between two own orders); that
the same key comes out wherever the fill is told of is the venue package's.
"""

from collections.abc import Mapping
from enum import StrEnum

import attrs

from engine.errors import ConfigError, LocalProtocolError, Problem

SEPARATOR = "/"
_ESCAPE = "%"


class FillKeyPart(StrEnum):
    """What a fill may be known by."""

    EXCHANGE = "exchange"
    TRADING_DAY = "trading_day"
    INSTRUMENT = "instrument"
    ORDER_ID = "order_id"
    """The venue's own id of the order."""
    TRADE_ID = "trade_id"
    SIDE = "side"
    SEQUENCE = "sequence"
    """A number that grows with each event of the order."""
    CUM_QTY = "cum_qty"
    """Cumulative quantity after the fill, in plain notation; for venues without trade ids."""


_SUFFICIENT = (
    frozenset({FillKeyPart.TRADE_ID}),
    frozenset({FillKeyPart.ORDER_ID, FillKeyPart.SEQUENCE}),
    frozenset({FillKeyPart.ORDER_ID, FillKeyPart.CUM_QTY}),
)


def _checked(_instance: object, _attribute: object, parts: tuple[FillKeyPart, ...]) -> None:
    given = frozenset(parts)
    if len(given) != len(parts) or not any(needed <= given for needed in _SUFFICIENT):
        words = ", ".join(parts) or "nothing"
        hint = "a trade id, or the order's id with a sequence or its cumulative quantity"
        raise ConfigError(Problem("fill_key", f"fills are not told apart by {words}", hint))


@attrs.frozen
class FillKeyRule:
    """The parts of a fill's key, in this order; the account always counts in addition.

    Raises:
        ConfigError: the parts cannot tell two fills apart.
    """

    parts: tuple[FillKeyPart, ...] = attrs.field(validator=_checked)

    @property
    def is_cumulative(self) -> bool:
        """Whether the venue has no ids of trades, so that only cumulative quantities tell of them."""
        return FillKeyPart.CUM_QTY in self.parts

    @property
    def text(self) -> str:
        """The rule in words, for listings."""
        return SEPARATOR.join(self.parts)

    def key(self, values: Mapping[FillKeyPart, str]) -> str:
        """The key of a fill; different values never make the same key.

        Raises:
            LocalProtocolError: a part that is declared was not given, or is empty.
        """
        missing = [part for part in self.parts if not values.get(part)]
        if missing:
            raise LocalProtocolError(f"a fill's key lacks {', '.join(missing)}")
        return SEPARATOR.join(_escaped(values[part]) for part in self.parts)


def _escaped(value: str) -> str:
    if _ESCAPE not in value and SEPARATOR not in value:
        return value
    return value.replace(_ESCAPE, "%25").replace(SEPARATOR, "%2F")
