"""Turns on the wall clock: how two processes that cannot hear each other stay three seconds apart.

The venue wants at least 3 s between requests on different connections of one token. Sessions of the two
families are processes of their own; on one host they share the clock. So each may send in a short
window of its own only, and the windows are far enough apart. It costs seconds of delay, so it is a choice.
"""

from typing import Final

TURN_NS: Final = 3_500_000_000
"""From the begin of one window to that of the next: the venue's three seconds and the window."""
WINDOW_NS: Final = 400_000_000
"""Long enough for a loaded machine to use it; short enough to leave 3.1 s to the next one."""


def wait_ns(wall_ns: int, turn: int, turns: int) -> int:
    """How long to wait for the own window; 0 inside it."""
    since_ns = (wall_ns - turn * TURN_NS) % (turns * TURN_NS)
    return 0 if since_ns < WINDOW_NS else turns * TURN_NS - since_ns
