"""Operator: people and programs outside, over `admin` (supervisor) and `operator` (router).

A request names a verb; arguments and answers are JSON, because they end on a terminal or in a
script, not in the order path. Who asks is known from the key: `viewer` may read, `operator` may also
command. An answer larger than one message comes in parts, in order, on the same connection.
"""

from collections.abc import Iterable

import attrs

from engine.messages.codec import register

BODY_CHARS_MAX = 60_000
"""JSON in one part (ASCII, so characters are bytes); below the text bound of the codec."""

PARTS_MAX = 400
"""Parts of one answer: 24 MB of JSON, more than 50,000 orders."""

ROLE_OPERATOR = "operator"
ROLE_VIEWER = "viewer"


@register(tag=20)
@attrs.frozen(kw_only=True)
class OperatorRequest:
    """Do `verb` with `arguments` (a JSON object); `reason` goes into the log and the journal."""

    request_id: str
    verb: str
    arguments: str
    reason: str


@register(tag=21)
@attrs.frozen(kw_only=True)
class OperatorReply:
    """The answer, or (unless `ok`) why there is none; `part` counts from 0 to `parts` - 1."""

    request_id: str
    ok: bool
    body: str
    error: str
    part: int = 0
    parts: int = 1


def replies(request_id: str, body: str) -> Iterable[OperatorReply]:
    """A good answer as one or more parts.

    Args:
        request_id: of the request.
        body: ASCII JSON (`json.dumps` as it comes). What needs more than `PARTS_MAX` parts is
            answered by one refusal that says so.
    """
    parts = max(1, -(-len(body) // BODY_CHARS_MAX))
    if parts > PARTS_MAX:
        yield refusal(request_id, f"the answer has {len(body)} characters: ask for less")
        return
    for part in range(parts):
        piece = body[part * BODY_CHARS_MAX : (part + 1) * BODY_CHARS_MAX]
        yield OperatorReply(
            request_id=request_id, ok=True, body=piece, error="", part=part, parts=parts
        )


def refusal(request_id: str, error: str) -> OperatorReply:
    """The answer to a request that is not fulfilled, with the reason for the person who asked."""
    return OperatorReply(request_id=request_id, ok=False, body="", error=error)
