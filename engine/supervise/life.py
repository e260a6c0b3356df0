"""What is known of one running process between its start and its end."""

from collections.abc import Mapping

import attrs
import trio

from engine.supervise.heartbeat import Heartbeat
from engine.supervise.verdict import Cause


@attrs.define(kw_only=True)
class Life:
    """One boot of one child.

    Attributes:
        boot: of the process.
        pid: of the process.
        heartbeat: its pings and pongs.
        identity: where messages to it go; empty before its hello.
        cause: why it ends; by itself, unless we do something.
        gauges: its numbers, as of the last pong.
        greeted: set at its hello.
        in_service: set when it first says it is in service.
        asked: set when it is to end.
    """

    boot: int
    pid: int
    heartbeat: Heartbeat
    identity: bytes = b""
    cause: Cause = Cause.EXITED
    gauges: Mapping[str, object] = attrs.field(factory=dict)
    greeted: trio.Event = attrs.field(factory=trio.Event)
    in_service: trio.Event = attrs.field(factory=trio.Event)
    asked: trio.Event = attrs.field(factory=trio.Event)

    def ask_to_end(self, cause: Cause) -> None:
        """From now on its end is ours; a stop outweighs a restart on request."""
        if self.cause is not Cause.STOPPED:
            self.cause = cause
        self.asked.set()
