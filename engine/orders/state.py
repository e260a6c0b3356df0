"""The order's state table: the one place that says what may happen to an order.

An order is three things at once: where it is in its life, which request is under way for it, and
whether the venue's view of it is known. `TRANSITIONS` says for every lifecycle and every event what
follows; `docs/orders.md` is generated from it. Nothing else in the engine changes these three.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import attrs

from engine.errors import InvariantViolation
from engine.model.enums import TERMINAL, Certainty, Lifecycle, Pending


class Event(StrEnum):
    """What can happen to an order, whoever says so."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    FOUND_OPEN = "found_open"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NEVER_ARRIVED = "never_arrived"
    TRADE = "trade"
    TRADE_LAST = "trade_last"
    TRADE_OVER = "trade_over"
    FILLED = "filled"
    BUST = "bust"
    CORRECTED = "corrected"
    CANCEL_PLANNED = "cancel_planned"
    CANCEL_PENDING = "cancel_pending"
    CANCEL_REJECTED = "cancel_rejected"
    CANCEL_UNKNOWN = "cancel_unknown"
    REPLACE_PLANNED = "replace_planned"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace_rejected"
    REPLACE_UNKNOWN = "replace_unknown"


EVENT_MEANING: Mapping[Event, str] = {
    Event.SENT: "the session handed its bytes to the transport",
    Event.NOT_SENT: "provably no byte of it left",
    Event.UNKNOWN: "nobody can say whether it arrived",
    Event.ACCEPTED: "the venue acknowledged it, or answered that it works",
    Event.FOUND_OPEN: "a query made after our last news found it working",
    Event.REJECTED: "the venue refused it",
    Event.CANCELLED: "the venue ended it before it was filled",
    Event.EXPIRED: "its time ran out at the venue",
    Event.NEVER_ARRIVED: "two complete queries after the horizon do not know it",
    Event.TRADE: "a fill that leaves a rest",
    Event.TRADE_LAST: "the fill that completes it",
    Event.TRADE_OVER: "a fill beyond its quantity",
    Event.FILLED: "the venue calls it filled; the fills themselves are counted one by one",
    Event.BUST: "the venue took a fill back",
    Event.CORRECTED: "the venue changed a fill",
    Event.CANCEL_PLANNED: "we are about to ask for its cancel",
    Event.CANCEL_PENDING: "the venue is working on its cancel",
    Event.CANCEL_REJECTED: "the cancel was refused, or provably not sent",
    Event.CANCEL_UNKNOWN: "nobody can say what became of the cancel",
    Event.REPLACE_PLANNED: "we are about to ask for another price or quantity",
    Event.REPLACED: "the venue works it with the new price or quantity",
    Event.REPLACE_REJECTED: "the change was refused, or provably not sent",
    Event.REPLACE_UNKNOWN: "nobody can say what became of the change",
}


class Verdict(StrEnum):
    """How an event is taken in a lifecycle."""

    MOVE = "move"
    """Legal."""
    IGNORE = "ignore"
    """A duplicate, or overtaken by newer news: changes nothing."""
    LATE = "late"
    """A fill after the end: legal, counted, alarmed unless the venue had announced it."""
    ZOMBIE = "zombie"
    """An order believed dead is alive: accepted and alarmed."""
    OVERFILL = "overfill"
    """More was filled than asked for: counted, alarmed, the strategy is halted."""
    CONTRADICTION = "contradiction"
    """Against better evidence: refused, alarmed, and the venue is asked."""
    VIOLATION = "violation"
    """Only a bug of ours can lead here."""


ACCEPTED_VERDICTS = frozenset({Verdict.MOVE, Verdict.LATE, Verdict.ZOMBIE, Verdict.OVERFILL})
ALARMED_VERDICTS = frozenset(
    {Verdict.LATE, Verdict.ZOMBIE, Verdict.OVERFILL, Verdict.CONTRADICTION}
)


@attrs.frozen
class Transition:
    """One cell of the table: the verdict and, where it is accepted, the next lifecycle."""

    verdict: Verdict
    lifecycle: Lifecycle


_PREFIXES = {"~": Verdict.LATE, "!": Verdict.ZOMBIE, "*": Verdict.OVERFILL}
_WORDS = {"-": Verdict.IGNORE, "?": Verdict.CONTRADICTION, "X": Verdict.VIOLATION}

# In a cell stands the next lifecycle (`partly` for partly_filled, `never` for never_arrived, `=`
# for the same), or `-` ignored, `?` contradiction, `X` violation; before it `~` late, `!` zombie,
# `*` overfill. A denied order never left us and has no client order id, so nothing can name it.
_COLUMNS = "planned denied sent open partly filled cancelled rejected expired never"
_ROWS: Mapping[Event, str] = {
    # event                planned   denied sent   open    partly    filled cancelled rejected expired never
    Event.SENT:             "sent      X    -       -       -         -       -          -       -        ?        ",
    Event.NOT_SENT:         "never     X    ?       ?       ?         ?       ?          -       ?        -        ",
    Event.UNKNOWN:          "=         X    =       =       =         -       -          -       -        -        ",
    Event.ACCEPTED:         "open      X    open    =       =         -       -          !open   -        !open    ",
    Event.FOUND_OPEN:       "open      X    open    =       =         ?       !open      !open   !open    !open    ",
    Event.REJECTED:         "rejected  X    rejected rejected cancelled ?     -          -       -        !rejected",
    Event.CANCELLED:        "cancelled X    cancelled cancelled cancelled ?   -          -       -        !cancelled",
    Event.EXPIRED:          "expired   X    expired expired expired   ?       -          -       -        !expired ",
    Event.NEVER_ARRIVED:    "never     X    never   ?       ?         ?       -          -       -        -        ",
    Event.TRADE:            "partly    X    partly  partly  partly    ~filled ~cancelled !partly ~expired !partly  ",
    Event.TRADE_LAST:       "filled    X    filled  filled  filled    ~filled ~filled    !filled ~filled  !filled  ",
    Event.TRADE_OVER:       "*filled   X    *filled *filled *filled   *filled *filled    *filled *filled  *filled  ",
    Event.FILLED:           "open      X    open    =       =         -       ~cancelled !open   ~expired !open    ",
    Event.BUST:             "X         X    X       X       open      filled  cancelled  X       expired  X        ",
    Event.CORRECTED:        "X         X    X       X       open      filled  cancelled  X       expired  X        ",
    Event.CANCEL_PLANNED:   "=         X    =       =       =         X       X          X       X        X        ",
    Event.CANCEL_PENDING:   "-         X    -       =       =         -       -          -       -        -        ",
    Event.CANCEL_REJECTED:  "=         X    =       =       =         -       -          -       -        -        ",
    Event.CANCEL_UNKNOWN:   "=         X    =       =       =         -       -          -       -        -        ",
    Event.REPLACE_PLANNED:  "X         X    X       =       =         X       X          X       X        X        ",
    Event.REPLACED:         "open      X    open    =       =         -       -          !open   -        !open    ",
    Event.REPLACE_REJECTED: "=         X    =       =       =         -       -          -       -        -        ",
    Event.REPLACE_UNKNOWN:  "=         X    =       =       =         -       -          -       -        -        ",
}  # fmt: skip

_LIFECYCLES: Mapping[str, Lifecycle] = {
    "partly": Lifecycle.PARTLY_FILLED,
    "never": Lifecycle.NEVER_ARRIVED,
    **{word.value: word for word in Lifecycle},
}


def _cell(text: str, current: Lifecycle) -> Transition:
    if text in _WORDS:
        return Transition(_WORDS[text], current)
    verdict = _PREFIXES.get(text[0], Verdict.MOVE)
    name = text[1:] if text[0] in _PREFIXES else text
    return Transition(verdict, current if name == "=" else _LIFECYCLES[name])


def _table() -> dict[tuple[Lifecycle, Event], Transition]:
    columns = [_LIFECYCLES[name] for name in _COLUMNS.split()]
    return {
        (lifecycle, event): _cell(text, lifecycle)
        for event, row in _ROWS.items()
        for lifecycle, text in zip(columns, row.split(), strict=True)
    }


TRANSITIONS: Mapping[tuple[Lifecycle, Event], Transition] = _table()
"""(lifecycle, event) → what follows; every pair is listed."""


# --- the other two parts -----------------------------------------------------------------------

_ALL = frozenset(Pending)
_ENDS = frozenset({Event.NOT_SENT, Event.REJECTED, Event.CANCELLED, Event.EXPIRED})
_ENDS |= {Event.NEVER_ARRIVED, Event.TRADE_LAST, Event.TRADE_OVER}

SETTLES: Mapping[Event, frozenset[Pending]] = {
    **dict.fromkeys(_ENDS, _ALL),
    **dict.fromkeys((Event.ACCEPTED, Event.TRADE, Event.FILLED), frozenset({Pending.NEW})),
    Event.FOUND_OPEN: frozenset({Pending.NEW, Pending.CANCEL}),
    Event.CANCEL_REJECTED: frozenset({Pending.CANCEL}),
    Event.REPLACED: frozenset({Pending.NEW, Pending.REPLACE}),
    Event.REPLACE_REJECTED: frozenset({Pending.REPLACE}),
}
"""Which pending requests an event answers; what is not listed answers none."""

OPENS: Mapping[Event, Pending] = {
    Event.CANCEL_PLANNED: Pending.CANCEL,
    Event.CANCEL_PENDING: Pending.CANCEL,
    Event.REPLACE_PLANNED: Pending.REPLACE,
}
"""Which request is under way after an event."""

DOUBTS = frozenset({Event.UNKNOWN, Event.CANCEL_UNKNOWN, Event.REPLACE_UNKNOWN})
"""Events after which the venue's view is unknown."""

CLEARS = frozenset(_ENDS | {Event.ACCEPTED, Event.FOUND_OPEN, Event.FILLED})
"""Events that say what the venue knows of the order, and so end the doubt."""

OF_CANCELS = frozenset(
    {Event.CANCEL_PLANNED, Event.CANCEL_PENDING, Event.CANCEL_REJECTED, Event.CANCEL_UNKNOWN}
)
"""Events that tell how a cancel fares and nothing of the order itself."""

_UNANSWERED = frozenset({Lifecycle.PLANNED, Lifecycle.SENT})
_WORKING = frozenset({Lifecycle.OPEN, Lifecycle.PARTLY_FILLED})


class Fullness(StrEnum):
    """How much of an order is filled, counted in fills, after an event."""

    NONE = "none"
    PART = "part"
    WHOLE = "whole"


_WORKING_AT: Mapping[Fullness, Lifecycle] = {
    Fullness.NONE: Lifecycle.OPEN,
    Fullness.PART: Lifecycle.PARTLY_FILLED,
    Fullness.WHOLE: Lifecycle.FILLED,
}


class State(NamedTuple):
    """The three parts. A tuple, for several are made per message."""

    lifecycle: Lifecycle
    pending: Pending | None
    certainty: Certainty


class Step(NamedTuple):
    """What an event does: the verdict and the state after it (the same where it is refused)."""

    verdict: Verdict
    state: State


def step(state: State, event: Event, fullness: Fullness) -> Step:
    """What `event` does to an order in `state`; `fullness` is that after the event.

    Raises:
        InvariantViolation: where only a bug of ours can have led.
    """
    transition = TRANSITIONS[state.lifecycle, event]
    if _works_again(state, event, fullness):
        transition = Transition(Verdict.ZOMBIE, Lifecycle.OPEN)
    if transition.verdict not in ACCEPTED_VERDICTS:
        if transition.verdict is Verdict.VIOLATION:
            raise InvariantViolation(f"order in {state} cannot meet {event}")
        return Step(transition.verdict, state)
    lifecycle = transition.lifecycle
    if lifecycle in _WORKING:
        lifecycle = _WORKING_AT[fullness]
    pending = _pending_after(state, event, lifecycle)
    certainty = Certainty.KNOWN if lifecycle in TERMINAL else _certainty_after(state, event)
    return Step(transition.verdict, State(lifecycle, pending, certainty))


def _works_again(state: State, event: Event, fullness: Fullness) -> bool:
    """Whether an order that was filled, until a fill was taken back, is found working with the rest."""
    was_filled = state.lifecycle is Lifecycle.FILLED and event is Event.FOUND_OPEN
    return was_filled and fullness is not Fullness.WHOLE


def _pending_after(state: State, event: Event, lifecycle: Lifecycle) -> Pending | None:
    if event in OPENS:
        return OPENS[event]
    if lifecycle in TERMINAL:
        return None
    pending = state.pending
    if pending is not None and pending in SETTLES.get(event, ()):
        # A cancel refused before the order itself was answered: the order is still under way.
        return Pending.NEW if lifecycle in _UNANSWERED else None
    return pending


def _certainty_after(state: State, event: Event) -> Certainty:
    if event in DOUBTS:
        return Certainty.UNKNOWN
    # A fill shows that the order arrived; what became of a cancel or a change it does not show.
    shown = event is Event.TRADE and state.pending in (None, Pending.NEW)
    shown |= event is Event.REPLACE_REJECTED and state.pending in (None, Pending.REPLACE)
    shown |= event is Event.REPLACED and state.pending is not Pending.CANCEL
    return Certainty.KNOWN if shown or event in CLEARS else state.certainty
