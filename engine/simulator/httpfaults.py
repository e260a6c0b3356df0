"""What faults make of an HTTP request where that is no venue's own affair: it is lost, late or reset.

A venue that errs in these ways has kinds of fault with these values. What an error answer looks like
is the venue's.
"""

from typing import Any, Final

import attrs

from engine.simulator.faults import AnyFault
from engine.simulator.http import Ending, Reply
from engine.simulator.requests import Response

LOST: Final = "http_lost"
"""Not processed, never answered."""
RESET_BEFORE: Final = "http_reset_before"
"""Not processed, the connection is reset."""
DELAY: Final = "http_delay"
"""Processed at once, answered late; value: seconds, one unless it says otherwise."""
NO_ANSWER: Final = "http_no_answer"
"""Processed, never answered."""
RESET: Final = "http_reset"
"""Processed, then the connection is reset."""
MALFORMED: Final = "http_malformed"
"""Processed; the body is cut in the middle."""

_NOTHING: Final = Response(200, "")


def unprocessed(fault: AnyFault[Any] | None) -> Reply | None:
    """The reply to a request that a fault keeps from being processed, None for all others."""
    kind = None if fault is None else fault.kind
    if kind == LOST:
        return Reply(_NOTHING, Ending.SILENCE)
    if kind == RESET_BEFORE:
        return Reply(_NOTHING, Ending.RESET)
    return None


def processed(fault: AnyFault[Any] | None, response: Response) -> Reply:
    """The reply to a request that was processed."""
    if fault is None:
        return Reply(response)
    if fault.kind == DELAY:
        return Reply(response, delay_s=max(0.0, fault.number_value(1.0)))
    if fault.kind == MALFORMED:
        body = response.body
        return Reply(attrs.evolve(response, body=body[: len(body) // 2]))
    if fault.kind == NO_ANSWER:
        return Reply(response, Ending.SILENCE)
    return Reply(response, Ending.RESET if fault.kind == RESET else Ending.ANSWER)
