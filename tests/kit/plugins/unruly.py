"""Strategies that misbehave in each of the ways a process must survive."""

import json
import os
import subprocess
import sys
from pathlib import Path

import zmq

from engine.strategy import Quote, Strategy, parameter


class _OnFirstQuote(Strategy):
    """Misbehaves as soon as it sees a quote."""

    def on_start(self) -> None:
        for name in self.instruments:
            self.subscribe_quotes(name)

    def on_quote(self, quote: Quote) -> None:
        self.misbehave()

    def misbehave(self) -> None:
        raise NotImplementedError


class Raises(_OnFirstQuote):
    """Raises from a callback."""

    def misbehave(self) -> None:
        raise ZeroDivisionError("a mistake of the strategy")


class Spins(_OnFirstQuote):
    """Never returns from a callback."""

    def misbehave(self) -> None:
        while True:
            pass


class Exits(_OnFirstQuote):
    """Ends its own process."""

    def misbehave(self) -> None:
        sys.exit(0)


class Hoards(_OnFirstQuote):
    """Allocates without end, in bounded steps; its memory limit stops it."""

    def misbehave(self) -> None:
        self.hoard = []
        for _ in range(10_000):
            self.hoard.append(bytearray(4 << 20))


class Prowls(_OnFirstQuote):
    """Looks for what is not its own, once, and writes down what it got; goes on living."""

    folder: str = parameter(help="where the findings go")
    FORKS = 64

    def on_start(self) -> None:
        self.done = False
        super().on_start()

    def misbehave(self) -> None:
        if self.done:
            return
        self.done = True
        found = {
            "environ": self.environments(),
            "answers": self.strange_order(),
            "forks": self.forks(),
        }
        (Path(self.folder) / "findings").write_text(json.dumps(found))

    def environments(self) -> dict[str, str]:
        """What can be read of the environments of supervisor and siblings."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    found[entry.name] = (entry / "environ").read_bytes().decode("utf-8", "replace")
                except OSError:
                    continue
        return found

    def strange_order(self) -> list[str]:
        """Whether anybody answers on the sessions' endpoint to one without its key."""
        context = zmq.Context()
        answers = []
        for endpoint in ("sessions", "control"):
            socket = context.socket(zmq.DEALER)
            socket.linger = 0
            socket.connect(f"ipc://{Path.cwd()}/{endpoint}.ipc")
            socket.send(b"\x90")
            if socket.poll(100):
                answers.append(endpoint)
            socket.close()
        context.term()
        return answers

    def forks(self) -> int:
        """A bounded burst of children that do not want to end."""
        made = 0
        for _ in range(self.FORKS):
            try:
                subprocess.Popen(["sleep", "300"])
            except OSError:
                break
            made += 1
        return made
