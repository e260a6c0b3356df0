"""Heartbeats of one stream: one goes out every ten seconds, and answers must come back.

The venue closes a connection on which it has seen no heartbeat for 30 s; nothing else counts. An
answer is the only proof that the venue reads what we send: data alone may flow for ever on a
connection that is half dead.
"""

from actors.venues.alltick.settings import Settings
from actors.venues.alltick.wire import SEQ_ID_MAX, Command, request
from engine.errors import PeerSilent
from engine.session.contract import Drop, Now, SendFrame


class Heart:
    """The beat of one session. Numbers are its own: answers need no matching."""

    def __init__(self, settings: Settings) -> None:
        self._interval_ns = int(settings.heartbeat_interval_s * 1e9)
        self._timeout_ns = int(settings.heartbeat_timeout_s * 1e9)
        self._seq_id = 0
        self._beat_ns: int | None = None
        self._heard_ns = 0

    def opened(self, now: Now) -> list[object]:
        """The first beat goes out at once: its answer shows that the venue reads."""
        self._heard_ns = now.mono_ns
        return self.beat(now)

    def lost(self) -> None:
        """No connection, no beat."""
        self._beat_ns = None

    def answered(self, now: Now) -> None:
        """The venue answered a beat."""
        self._heard_ns = now.mono_ns

    def beat(self, now: Now) -> list[object]:
        """One heartbeat now, and the next one an interval later."""
        self._beat_ns = now.mono_ns + self._interval_ns
        self._seq_id = self._seq_id % SEQ_ID_MAX + 1
        trace = f"heartbeat-{self._seq_id}-{now.wall_ns // 1_000_000}"
        return [SendFrame(request(Command.HEARTBEAT, self._seq_id, trace, {}))]

    def deadline(self) -> int | None:
        """The next beat, or the end of patience."""
        if self._beat_ns is None:
            return None
        return min(self._beat_ns, self._heard_ns + self._timeout_ns)

    def due(self, now: Now) -> list[object]:
        """Beat, or leave a venue that answers none."""
        if self._beat_ns is None:
            return []
        if now.mono_ns >= self._heard_ns + self._timeout_ns:
            self._beat_ns = None
            seconds = self._timeout_ns / 1e9
            return [Drop(PeerSilent(f"no answer to any heartbeat for {seconds:g} s"))]
        return self.beat(now) if now.mono_ns >= self._beat_ns else []
