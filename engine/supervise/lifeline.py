"""The lifeline: a socket pair between supervisor and child whose end is the end of the child.

The kernel closes the supervisor's side whatever way it dies, so no orphan trades on. A thread
watches it and not a trio task, because a child whose main loop spins must end as well. PR_SET_PDEATHSIG
would not do: it follows the parent's *thread*, and killed healthy children after 10 s (M23). The
other way the line carries one sentence: why the child failed.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable

from engine.supervise.launch import EXIT_ORPHANED, LAST_WORDS_BYTES_MAX

ORPHAN_CLEANUP_S = 0.5
"""Time for closing files and connections once the supervisor is gone; then the process ends hard."""


class Lifeline:
    """The child's end.

    `on_gone` is called in a thread when the supervisor is gone; it should start an orderly end of the
    process, which has `ORPHAN_CLEANUP_S` for it.
    """

    def __init__(self, fd: int) -> None:
        """Take over the inherited descriptor; it is not passed on to processes of our own."""
        self._socket = socket.socket(fileno=fd)
        self._socket.set_inheritable(False)
        self._socket.settimeout(None)
        self.on_gone: Callable[[], None] = lambda: None

    def watch(self) -> None:
        """From now on, when the line ends, the process does: first `on_gone`, then hard."""
        threading.Thread(target=self._wait, name="lifeline", daemon=True).start()

    def _wait(self) -> None:
        with contextlib.suppress(OSError):
            while self._socket.recv(64):
                pass  # nothing is ever sent this way; only the end matters
        self.on_gone()
        threading.Event().wait(ORPHAN_CLEANUP_S)
        os._exit(EXIT_ORPHANED)

    def last_words(self, text: str) -> None:
        """Leave one sentence for the supervisor; never waits and never raises."""
        data = text.encode("utf-8", "replace")[:LAST_WORDS_BYTES_MAX]
        with contextlib.suppress(OSError):
            self._socket.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)


class LifelineHolder:
    """The supervisor's end; closing it ends the child."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._socket.settimeout(0.0)

    def last_words(self) -> str:
        """What the child left, empty if nothing; ask once it has ended."""
        try:
            data = self._socket.recv(LAST_WORDS_BYTES_MAX)
        except OSError:
            return ""
        text = data.decode("utf-8", "replace")
        return "".join(c if c.isprintable() else " " for c in text).strip()

    def close(self) -> None:
        """Let go; a child that still lives ends itself."""
        self._socket.close()


def open_lifeline() -> tuple[LifelineHolder, socket.socket]:
    """A new line: the holder for the supervisor, the plain end to hand to the child."""
    ours, theirs = socket.socketpair()
    return LifelineHolder(ours), theirs
