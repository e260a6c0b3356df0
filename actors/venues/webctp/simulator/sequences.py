"""In which order CTP tells what becomes of an order, exchange by exchange; pure.

The table is section 12 of the fact sheet: some exchanges repeat themselves, some say first that an
order rests, and at some the fill of a cancelled order follows its cancellation.
"""

from collections.abc import Sequence
from typing import Final

import attrs

from actors.venues.webctp.simulator.codes import Status
from actors.venues.webctp.simulator.orders import Execution

REPEATING: Final = frozenset({"SHFE", "INE", "CFFEX", "CZCE"})
"""Exchanges whose pushes of orders that rest come twice."""
AT_ONCE: Final = frozenset({"SHFE", "INE", "CFFEX"})
"""Exchanges that do not say of an order that it rests when it is over at once."""


@attrs.frozen
class Step:
    """One message: of the order as it stands (`deleted`: as ORDER_DELETED), or of a trade."""

    status: Status
    traded: int
    deleted: bool = False
    trade: Execution | None = None


def arrival(
    exchange: str,
    volume: int,
    fills: Sequence[Execution],
    *,
    ended: bool,
    fill_after_cancel: bool,
) -> list[Step]:
    """What follows the first push (status unknown) of an order that reached its exchange.

    Args:
        exchange: where it is.
        volume: of the order.
        fills: at once.
        ended: what was left is gone (IOC).
        fill_after_cancel: whether some exchanges tell the fills of an ended order last.
    """
    filled = sum(each.volume for each in fills)
    rested = Step(Status.NOT_TRADED, 0)
    if exchange in AT_ONCE and filled == volume:
        return [Step(Status.UNKNOWN, 0), *trades(volume, fills, 0)]
    if exchange in AT_ONCE and ended and (fill_after_cancel or not fills):
        gone = Step(Status.CANCELED, filled, deleted=True)
        told = [Step(Status.CANCELED, filled, trade=each) for each in fills]
        return [gone, gone, *told] if fills else [gone]
    before = [rested, rested] if exchange in REPEATING else [rested]
    steps = [*before, *trades(volume, fills, 0)]
    if ended:
        steps.append(Step(Status.CANCELED, filled, deleted=True))
    return steps


def trades(volume: int, fills: Sequence[Execution], traded: int) -> list[Step]:
    """Each fill: the order as it stands after it, then the trade."""
    steps = []
    for each in fills:
        traded += each.volume
        status = Status.ALL_TRADED if traded >= volume else Status.PART_TRADED
        steps += [Step(status, traded), Step(status, traded, trade=each)]
    return steps


def resting_fill(exchange: str, volume: int, fill: Execution, traded: int) -> list[Step]:
    """A fill of an order that rests; one that is partly traded already is told again before."""
    repeated = traded and exchange in REPEATING
    before = [Step(Status.PART_TRADED, traded)] if repeated else []
    return [*before, *trades(volume, [fill], traded)]
