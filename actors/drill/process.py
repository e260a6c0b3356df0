"""The engine as a process of the harness: started, asked, killed, started again."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import trio

from actors.drill.engine import DrilledEngine
from engine.errors import EngineError
from engine.messages.operator import ROLE_OPERATOR, ROLE_VIEWER
from engine.supervise.client import Line, ask, open_line

POLL_S = 0.1
STOP_WITHIN_S = 20.0


class EngineProcess:
    """One engine; `starts` counts how often it was started."""

    def __init__(self, order: DrilledEngine, output: Path) -> None:
        self.order = order
        self.run_dir = Path(order.run_dir)
        self.starts = 0
        self._output = output
        self._process: trio.Process | None = None
        self._line: Line | None = None

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[None]:
        """Within the block, questions go over connections that stay."""
        async with open_line(self.run_dir) as line:
            self._line = line
            try:
                yield
            finally:
                self._line = None

    async def start(self) -> None:
        """Start it; it is in service some seconds later."""
        self.starts += 1
        with self._output.open("ab") as output:
            self._process = process = await trio.lowlevel.open_process(
                [sys.executable, "-m", "actors.drill.engine"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": _python_path()},
                start_new_session=True,
            )
        if process.stdin is not None:
            with contextlib.suppress(trio.BrokenResourceError):
                await process.stdin.send_all(self.order.to_json())

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL to the supervisor; everything below it ends by itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    async def stop(self) -> int:
        """Stop in order; the exit code."""
        process = self._process
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        with trio.move_on_after(STOP_WITHIN_S):
            return await process.wait()
        process.kill()
        return await process.wait()

    async def kept_alive(self) -> None:
        """Start it again whenever it has ended, as a service manager would."""
        while True:
            if self._process is not None:
                await self._process.wait()
            await self.start()

    async def ask(
        self,
        verb: str,
        arguments: Mapping[str, object] | None = None,
        *,
        endpoint: str = "operator",
        reason: str = "",
        within_s: float = 3.0,
    ) -> Any:
        """The engine's answer, None when there is none now."""
        role = ROLE_OPERATOR if reason else ROLE_VIEWER
        try:
            if self._line is not None and not reason:
                return await self._line.ask(endpoint, verb, arguments, within_s=within_s)
            return await ask(
                self.run_dir,
                endpoint,
                verb,
                arguments,
                role=role,
                within_s=within_s,
                reason=reason,
            )
        except EngineError:
            return None

    async def actors(self) -> dict[str, Mapping[str, Any]]:
        """Rows of the supervisor's status by actor; empty while it does not answer."""
        status = await self.ask("status", endpoint="admin")
        return {row["name"]: row for row in status["actors"]} if status else {}

    async def until(
        self, condition: Callable[[Mapping[str, Mapping[str, Any]]], object], within_s: float
    ) -> bool:
        """Wait until the supervisor's rows are as wanted; False when they are not in time."""
        with trio.move_on_after(within_s):
            while True:
                rows = await self.actors()
                if rows and condition(rows):
                    return True
                await trio.sleep(POLL_S)
        return False


def all_ready(rows: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether every actor is in service without complaint."""
    return all(row["state"] == "ready" for row in rows.values())


def _python_path() -> str:
    root = str(Path(__file__).resolve().parents[2])
    return ":".join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
