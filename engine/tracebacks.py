"""What people are shown of an exception: where it came from first, and never without bounds.

A task of trio wraps what it raises into groups, one for each nursery on the way out; none of them
helps whoever looks for the fault. So groups are taken apart, and what has to be left out is left out
of the middle: the innermost frames, which say where it happened, stand at the end.
"""

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

FRAMES_MAX = 30
"""Innermost frames shown of one traceback."""

TRACE_CHARS_MAX = 4000
"""Of a whole text, all exceptions together."""

LINE_CHARS_MAX = 500
"""Of one line in it: a long message must not push the frames out."""

LEAVES_MAX = 4
"""Exceptions shown of one group."""

_HEAD_SHARE = 0.25
_GROUPS_MAX = 1000

Redact = Callable[[str], str]
"""Takes secrets out of a text; asked before anything is cut, or half a secret would get through."""


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions in a group, in order, however deep; itself when it is no group.

    Groups beyond the thousandth are not opened, and come as they are.
    """
    waiting, opened = [error], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseExceptionGroup) and opened < _GROUPS_MAX:
            opened += 1
            waiting.extend(reversed(one.exceptions))
        else:
            yield one


def cut_middle(text: str, chars_max: int) -> str:
    """The text, its middle left out when it is longer; the end keeps three quarters."""
    if len(text) <= chars_max:
        return text
    gap = f" … ({len(text)} characters) … "
    room = max(chars_max - len(gap), 0)
    head = int(room * _HEAD_SHARE)
    return f"{text[:head]}{gap}{text[len(text) - room + head :]}"


def traceback_text(error: BaseException, *, redact: Redact = str) -> str:
    """The traceback, at most `TRACE_CHARS_MAX` long, with its innermost frames. Never raises.

    Of a group each exception in it is shown as if it had been raised alone.
    """
    found = list(leaves(error))
    if len(found) == 1:
        return cut_middle(_formatted(found[0], redact), TRACE_CHARS_MAX)
    shown = found[:LEAVES_MAX]
    title = f"{len(found)} exceptions at once"
    share = (TRACE_CHARS_MAX - len(title)) // len(shown) - 1
    return "\n".join([title, *(cut_middle(_formatted(one, redact), share) for one in shown)])


def _formatted(error: BaseException, redact: Redact) -> str:
    try:
        text = "".join(
            traceback.TracebackException.from_exception(
                error, limit=-FRAMES_MAX, max_group_width=LEAVES_MAX, max_group_depth=LEAVES_MAX
            ).format()
        )
    except Exception as failure:  # noqa: BLE001 - formatting calls foreign __str__; logging must not fail
        return f"{type(error).__name__} (its traceback raised {type(failure).__name__})"
    return "\n".join(cut_middle(line, LINE_CHARS_MAX) for line in redact(text).splitlines())


def message_of(error: BaseException) -> str:
    """Class and message in one text, the class alone where there is no message. Never raises."""
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception as failure:  # noqa: BLE001 - a foreign __str__ may raise anything
        return f"{kind} (its text raised {type(failure).__name__})"
    return f"{kind}: {text}" if text else kind


def place_of(error: BaseException, folder: Path) -> str:
    """The innermost frame below a folder: `strategies/mine.py:18 in on_quote`; empty if there is none."""
    root = folder.resolve()
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(root):
            name = frame.f_code.co_name
            inside = "" if name == "<module>" else f" in {name}"
            place = f"{file.relative_to(root.parent)}:{line}{inside}"
    return place


def blame(
    error: BaseException, folder: Path | None, *, chars_max: int, redact: Redact = str
) -> str:
    """One sentence for people: what was raised and, where the folder's code was in it, at which line.

    Of a group it is the first exception that came through the folder, else the first of all. A long
    message is cut, the place is not.
    """
    found = list(leaves(error))
    places = [(one, place_of(one, folder)) for one in found] if folder is not None else []
    for one, place in places:
        if place:
            room = max(chars_max - len(place) - 3, 0)
            return f"{cut_middle(redact(message_of(one)), room)} ({place})"
    return cut_middle(redact(message_of(found[0])), chars_max)
