"""What an actor gets from the launcher: who it is, its settings, its bus, and its line to the supervisor.

An actor's `run(context)` reads its settings, opens its sockets on `context.bus`, calls `ready()` once it
is in service, and returns soon after `context.stop` is set. Everything else (heartbeat, signals, end of
the supervisor, logs) is the launcher's business.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import trio

from engine.bus.context import Bus
from engine.bus.keys import Peer
from engine.clock import Clock
from engine.drill.faultpoints import Points, fault_points
from engine.errors import LocalProtocolError
from engine.log import FilteringBoundLogger
from engine.messages.control import (
    IN_SERVICE,
    JSON_CHARS_MAX,
    REASON_CHARS_MAX,
    ActorState,
    PeerReport,
)
from engine.supervise.launch import LaunchSpec
from engine.supervise.masked import Masked
from engine.watermark import Levels

Gauges = Callable[[], Mapping[str, object]]
PeerWatcher = Callable[[PeerReport], None]


class ActorContext:
    """An actor's whole world. One per process; used in the main loop only.

    Attributes:
        name: the actor's name.
        kind: the actor's kind.
        boot: 63 random bits, new for each start.
        mode: `paper` or `live`.
        run_dir: where the sockets are.
        settings: plain and resolved; structure them with the actor's own settings class.
        secrets: by name; masked when printed.
        published_before: what the last boot of this actor published, empty the first time.
        bus: the sockets.
        clock: the only clock.
        log: bound to the actor's name and boot.
        stop: set when the actor is to finish; `run` then returns within its grace.
        points: where a drill may strike; they do nothing in every other life.
    """

    def __init__(
        self,
        launch: LaunchSpec,
        *,
        bus: Bus,
        clock: Clock,
        log: FilteringBoundLogger,
        peers: Mapping[str, Mapping[bytes, Peer]],
    ) -> None:
        self.name = launch.name
        self.kind = launch.kind
        self.boot = launch.boot
        self.mode = str(launch.mode)
        self.run_dir = Path(launch.run_dir)
        self.settings = launch.settings
        self.secrets: Mapping[str, str] = Masked(launch.secrets)
        self.published_before = launch.published_before
        self.bus = bus
        self.clock = clock
        self.log = log
        self.stop = trio.Event()
        self.points: Points = fault_points(launch.drill_token, self.run_dir, launch.name, clock)
        self._peers = peers
        self._state = ActorState.STARTING
        self._reason = ""
        self._published: dict[str, object] = {}
        self._gauges: list[Gauges] = []
        self._queues: list[Callable[[], Levels]] = []
        self._watchers: list[PeerWatcher] = []
        self._peer_reports: dict[str, PeerReport] = {}
        self._changed: Callable[[], None] = lambda: None

    # --- for actors ----------------------------------------------------------------------------

    def peers(self, endpoint: str) -> Mapping[bytes, Peer]:
        """Who may connect to an endpoint this actor binds: for `bus.bind_router(endpoint, peers=…)`.

        Raises:
            LocalProtocolError: when the spec does not give this actor that endpoint.
        """
        try:
            return self._peers[endpoint]
        except KeyError:
            raise LocalProtocolError(f"{self.name} does not own endpoint {endpoint!r}") from None

    def ready(self, published: Mapping[str, object] | None = None) -> None:
        """Tell the supervisor that the actor is in service; `published` as in `publish`."""
        if published is not None:
            self._published = _checked(published)
        self.state(ActorState.READY)

    def publish(self, published: Mapping[str, object]) -> None:
        """Set what others need to know of this boot (JSON values), e.g. its ports; replaces the last.

        Whoever has such a value in its settings is started after this actor is ready, and restarted
        when the value changes. `published_before` shows it to the next boot.
        """
        self._published = _checked(published)
        self._changed()

    def state(self, state: ActorState, reason: str = "") -> None:
        """Tell the supervisor how the actor is: ready, or degraded and why.

        Raises:
            LocalProtocolError: for a state that is the supervisor's to say.
        """
        if state not in IN_SERVICE and state is not ActorState.STARTING:
            raise LocalProtocolError(f"an actor cannot call itself {state}")
        reason = reason[:REASON_CHARS_MAX]
        if (state, reason) == (self._state, self._reason):
            return
        self._state, self._reason = state, reason
        self._changed()

    def gauge(self, provider: Gauges) -> None:
        """Add numbers that travel with each heartbeat; called once a second, must be fast."""
        self._gauges.append(provider)

    def queues(self, provider: Callable[[], Levels]) -> None:
        """Add high-water marks of queues and buffers, by name; they travel with each heartbeat."""
        self._queues.append(provider)

    def watch(self, watcher: PeerWatcher) -> None:
        """Call `watcher` with every change of another actor's state (spec: `watches`), now and later.

        What is known already is told at once.
        """
        self._watchers.append(watcher)
        for report in self._peer_reports.values():
            watcher(report)

    # --- for the launcher ----------------------------------------------------------------------

    def on_change(self, changed: Callable[[], None]) -> None:
        """Who is to hear of a changed state or published value."""
        self._changed = changed

    def peer_changed(self, report: PeerReport) -> None:
        """Another actor's state, from the supervisor."""
        self._peer_reports[report.name] = report
        for watcher in self._watchers:
            watcher(report)

    @property
    def current_state(self) -> tuple[ActorState, str]:
        """State and reason as last told."""
        return self._state, self._reason

    @property
    def in_service(self) -> bool:
        """Whether the actor has said that it does its work."""
        return self._state in IN_SERVICE

    def published_json(self) -> str:
        """What is published, as it travels."""
        return json.dumps(self._published)

    def gauges_json(self, own: Mapping[str, object]) -> str:
        """`own` and the providers' numbers; only `own` when all of it would be too large."""
        levels = dict(self.bus.queues())
        for queues in self._queues:
            levels |= queues()
        gauges = {**own, "queues": levels}
        for provider in self._gauges:
            gauges.update(provider())
        text = json.dumps(gauges, default=str)
        if len(text) <= JSON_CHARS_MAX:
            return text
        return json.dumps({**own, "gauges_dropped_chars": len(text)})


def _checked(published: Mapping[str, object]) -> dict[str, object]:
    text = json.dumps(dict(published), allow_nan=False)
    if len(text) > JSON_CHARS_MAX:
        raise LocalProtocolError(f"{len(text)} characters are too much to publish")
    copy: dict[str, object] = json.loads(text)
    return copy
