"""How one order becomes one to three CTP orders ("legs"), because CTP says open or close per order.

A leg is an offset and a quantity. `split` decides them by what is held, by the exchange's rule for
closing and by the policy of the settings; it never opens beside an opposite position of the account
unless the order and the settings say so, and its quantities always add up to the order's. Pure.
"""

from enum import IntEnum
from typing import Final

import attrs

from actors.venues.webctp.orderspolicy import CloseFirst
from actors.venues.webctp.products import SPLITS_DAYS
from engine.errors import LocalProtocolError
from engine.model.enums import PositionEffect

LEGS_MAX: Final = 3


class Offset(IntEnum):
    """CTP's CombOffsetFlag as the gateway writes it; 2, 5 and 6 occur in others' orders only."""

    OPEN = 0
    CLOSE = 1
    FORCED_CLOSE = 2
    CLOSE_TODAY = 3
    CLOSE_YESTERDAY = 4
    FORCED_OFF = 5
    LOCAL_FORCED_CLOSE = 6


class CannotSplit(LocalProtocolError):
    """The order cannot be expressed in legs; nothing of it was sent. `code` is for programs."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


@attrs.frozen
class Closable:
    """Lots that a closing order could take now: held, less what working orders already close."""

    today: int = 0
    yesterday: int = 0

    @property
    def total(self) -> int:
        """Of both days."""
        return self.today + self.yesterday


@attrs.frozen
class LegPlan:
    """One CTP order to be sent."""

    offset: Offset
    quantity: int


@attrs.frozen(kw_only=True)
class SplitRule:
    """What decides beside the order: the exchange, and the settings.

    Attributes:
        exchange: as CTP calls it.
        first: which lots go first where they are told apart.
        hedged: the account may hold both sides: `open` is allowed beside an opposite position.
    """

    exchange: str
    first: CloseFirst = CloseFirst.TODAY
    hedged: bool = False

    @property
    def separate(self) -> bool:
        """Whether the exchange tells today's from yesterday's lots."""
        return self.exchange in SPLITS_DAYS


def split(
    effect: PositionEffect,
    quantity: int,
    closable: Closable,
    rule: SplitRule,
    *,
    closes_only: bool = False,
) -> tuple[LegPlan, ...]:
    """The legs of an order, closing ones first.

    Args:
        effect: of the order.
        quantity: lots, at least 1.
        closable: of the side that the order would close.
        rule: of exchange and settings.
        closes_only: the order is reduce-only.

    Raises:
        CannotSplit: it asks to close more than is held, or to open where that is not allowed.
    """
    if effect is PositionEffect.OPEN:
        return _opened(quantity, closable, rule, closes_only=closes_only)
    if effect is PositionEffect.AUTO and not closes_only:
        closing = min(quantity, closable.total)
        legs = _closed(closing, closable, rule)
        rest = quantity - closing
        return (*legs, LegPlan(Offset.OPEN, rest)) if rest else legs
    if rule.separate and effect is PositionEffect.CLOSE_TODAY:
        closable = Closable(today=closable.today)
    elif rule.separate and effect is PositionEffect.CLOSE_YESTERDAY:
        closable = Closable(yesterday=closable.yesterday)
    if quantity > closable.total:
        words = f"{closable.total} lots are held and free to be closed, the order is for {quantity}"
        raise CannotSplit(words, "closes_too_much")
    return _closed(quantity, closable, rule)


def _opened(
    quantity: int, closable: Closable, rule: SplitRule, *, closes_only: bool
) -> tuple[LegPlan, ...]:
    if closes_only:
        raise CannotSplit("an order that only reduces cannot open", "reduce_only_opens")
    if closable.total and not rule.hedged:
        words = (
            f"{closable.total} lots of the other side are held: opening beside them is for hedged "
            "accounts (setting orders.hedged)"
        )
        raise CannotSplit(words, "opens_against_position")
    return (LegPlan(Offset.OPEN, quantity),)


def _closed(quantity: int, closable: Closable, rule: SplitRule) -> tuple[LegPlan, ...]:
    if not quantity:
        return ()
    if not rule.separate:
        return (LegPlan(Offset.CLOSE, quantity),)
    today, yesterday = closable.today, closable.yesterday
    if rule.first is CloseFirst.TODAY:
        today = min(quantity, today)
        yesterday = quantity - today
    else:
        yesterday = min(quantity, yesterday)
        today = quantity - yesterday
    legs = [LegPlan(Offset.CLOSE_TODAY, today), LegPlan(Offset.CLOSE_YESTERDAY, yesterday)]
    if rule.first is CloseFirst.YESTERDAY:
        legs.reverse()
    return tuple(leg for leg in legs if leg.quantity)
