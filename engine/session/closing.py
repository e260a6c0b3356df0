"""How a WebSocket's end is worded, so that a protocol can tell why the venue closed it.

The driver tells a protocol the end of a connection as one line of text; the code that the venue gave
stands in it, and venues mean different things by it.
"""

import re
from typing import Final

_WORDS: Final = "the venue closed the WebSocket: "
_CODE: Final = re.compile(re.escape(_WORDS) + r"([0-9]{4})\b", re.ASCII)


def closed_by_venue(code: int, reason: str) -> str:
    """The line for a connection that the venue closed with this code and reason."""
    return f"{_WORDS}{code} {reason}"


def close_code(line: str) -> int | None:
    """The code in such a line; None for every other end of a connection."""
    found = _CODE.match(line)
    return None if found is None else int(found[1])
