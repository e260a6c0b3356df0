"""One fork server for many supervisors of a test process: to import what actors need takes half a second.

It is started as any other and forks as any other; but a supervisor gives it back instead of ending it.
What is particular to a server of one's own is tested in `chaos/test_forkserver.py`.
"""

import os
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from engine.supervise import forkserver
from engine.supervise.forkserver import Alert, ForkServer
from engine.supervise.spawn import environment


class Lent(ForkServer):
    """One supervisor's end of the shared server."""

    def close(self) -> None:
        """Give it back."""
        self._channel.close()


class SharedServer:
    """There until `close`; where a supervisor had to break it, the next one gets another."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def start(self) -> None:
        """Have a server, so that it is no new child of this process for whoever counts them."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        server = forkserver._start({}, environment(os.environ), lambda _text: None)
        self._process = server._process
        self._channel = socket.socket(fileno=server._channel.detach())  # outlives a trio run

    @asynccontextmanager
    async def lend(
        self, modules: Mapping[str, Sequence[str]], environ: Mapping[str, str], alert: Alert
    ) -> AsyncIterator[ForkServer]:
        """Stands where `open_forkserver` stands."""
        assert environ == environment(os.environ), "the server was started with another one"
        self.start()
        assert self._process is not None
        assert self._channel is not None
        server = Lent(self._process, self._channel.dup(), modules, alert)
        try:
            yield server
        finally:
            server.close()

    def close(self) -> None:
        """End it."""
        if self._process is not None and self._channel is not None:
            self._channel.close()
            self._process.kill()
            self._process.wait()
        self._process = self._channel = None
