"""What a list of contingent orders must look like, whatever the venue. Pure.

The orders of a list pass every control one by one as well, each as if those before it were placed:
the venue may fill more than one of them before it cancels the others, so all are reserved.
"""

from collections.abc import Sequence

from engine.messages.orders import SubmitIntent
from engine.model.enums import Contingency, OrdType, TimeInForce
from engine.risk.codes import Denial, DenialCode
from engine.session.declaration import Capabilities

LIST_ORDERS_MAX = 3
"""A bracket's entry and its two exits."""

_SIZES = {Contingency.OCO: (2, 2), Contingency.BRACKET: (2, 3)}
"""Least and most orders of a list."""

_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def check_list(
    contingency: Contingency, wishes: Sequence[SubmitIntent], can: Capabilities | None
) -> Denial | None:
    """Why these wishes are no list of this kind, or not one that the venue takes."""
    if can is None or contingency not in can.contingencies:
        return Denial(code=DenialCode.UNSUPPORTED_CONTINGENCY, value=contingency)
    least, most = _SIZES[contingency]
    if not least <= len(wishes) <= most:
        return _refuse(f"{len(wishes)} orders", f"{least} to {most}")
    first = wishes[0]
    if any(wish.instrument != first.instrument for wish in wishes):
        return _refuse("several instruments", "one")
    if any(wish.quantity != first.quantity for wish in wishes):
        return _refuse("several quantities", "one")
    waiting = wishes if contingency is Contingency.OCO else wishes[1:]
    side = first.side if contingency is Contingency.OCO else first.side.opposite
    if any(wish.side is not side for wish in waiting):
        return _refuse("an order of the other side", f"{side} only")
    if any(wish.ord_type is OrdType.MARKET or wish.time_in_force in _AT_ONCE for wish in waiting):
        return _refuse("an order that does not wait", "limit and stop orders that rest")
    return None


def _refuse(value: str, limit: str) -> Denial:
    return Denial(code=DenialCode.ORDER_LIST_REFUSED, value=value, limit=limit)
