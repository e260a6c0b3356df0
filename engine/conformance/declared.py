"""What a venue declares for its conformance tests: `CONFORMANCE` in `conformance.py` of its folder.

The battery knows the session contract, not the venue: which data its simulator shows soon, which order
rests and which is filled, how its simulator is made to misbehave. What is left out is not tried.
"""

from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from typing import Any

import attrs

from engine.drill.declared import Drilled
from engine.session.contract import Topic

Fault = Callable[[Any], object]
"""Makes the simulator misbehave; given what its `serve` has reported."""


class FaultName(StrEnum):
    """What the battery asks a simulator to do to its clients; of a market data session unless said."""

    LOSE_SUBSCRIPTION = "lose_subscription"
    """Deliver the first declared topic no more, without a word (T-048)."""
    SKIP_CHANGE = "skip_change"
    """Leave one change of the declared book out (T-049)."""
    EXPIRE_LOGIN = "expire_login"
    """Forget the login of the trade session, or let its token run out (T-047)."""
    UNRELATED_ERROR = "unrelated_error"
    """Answer the next request with an error that names no request (T-055)."""
    BREAK_FRAME = "break_frame"
    """Send one frame that breaks the protocol."""
    REFUSE_ORDER = "refuse_order"
    """Refuse the next order, after it was looked at."""
    END_DAY = "end_day"
    """End the trading day: orders that are good for the day expire."""


def arm(kind: str, **terms: object) -> Fault:
    """The fault of a simulator whose `serve` reports `faults` with a method `arm(kind, …)`."""
    return lambda running: running.faults.arm(kind, **terms)


@attrs.frozen(kw_only=True)
class StateTable:
    """A state table as data: every pair that is not listed raises `error` (T-042).

    Attributes:
        states: all there are.
        inputs: all there are.
        transitions: (state, input) to the state that follows.
        step: the function that the session uses.
        error: what it raises for other pairs.
    """

    states: type[Enum]
    inputs: type[Enum]
    transitions: Mapping[tuple[Any, Any], Any]
    step: Callable[[Any, Any], Any]
    error: type[Exception]


@attrs.frozen(kw_only=True)
class Ordering:
    """Two orders that the simulator takes with the declared settings.

    Attributes:
        instrument: of both.
        resting: fields of `SubmitOrder` for one that rests far from the market.
        filling: fields for one that is filled within seconds, so that its position stays small.
    """

    instrument: str
    resting: Mapping[str, object]
    filling: Mapping[str, object]


@attrs.frozen(kw_only=True)
class Conformance:
    """What a venue declares for the battery.

    Attributes:
        topics: market data that the simulator delivers within seconds, some of each feed.
        book: a topic of books whose changes are numbered, None where the venue has none.
        orders: for trade sessions.
        simulator: settings of the simulator: a lively market, none of its limits in the way.
        settings: of the venue's client: short patience, short silences.
        faults: how the simulator is made to misbehave.
        tables: of states.
        drill: what a drill strikes; a venue without one cannot be drilled.
        variants: other settings of the client, by name, under which all that concerns its connections
            is tried again (another transport, for example).
        back_within_s: after a loss data flows again within this time (pauses between requests and
            between connections included), on an idle machine.
        data_proves: whether the venue's data sessions refuse wrong credentials; some venues take them
            for market data without looking.
        renewed_within_s: a subscription that was lost silently is renewed within this time.
    """

    topics: tuple[Topic, ...]
    book: Topic | None = None
    orders: Ordering | None = None
    simulator: Mapping[str, object] = attrs.field(factory=dict)
    settings: Mapping[str, object] = attrs.field(factory=dict)
    faults: Mapping[FaultName, Fault] = attrs.field(factory=dict)
    tables: tuple[StateTable, ...] = ()
    drill: Drilled | None = None
    variants: Mapping[str, Mapping[str, object]] = attrs.field(factory=dict)
    data_proves: bool = True
    back_within_s: float = 10.0
    renewed_within_s: float = 5.0
