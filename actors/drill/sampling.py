"""What the engine says of itself while it is drilled: levels of its queues, and descriptors in quiet moments.

A process that dies takes the marks of its last second with it; everything before was seen.
"""

from collections.abc import Mapping
from typing import Any

import attrs
import trio

from actors.drill.process import EngineProcess
from engine.clock import Clock
from engine.drill.checkers import ProcessSample

SAMPLE_INTERVAL_S = 1.0
"""As often as actors send their numbers to the supervisor."""

SETTLED_NS = 5_000_000_000
"""A process that young still opens its sockets, so its descriptors say nothing yet."""


@attrs.define(eq=False)
class Sampler:
    """Looks at the status again and again.

    Attributes:
        queues: high-water mark and bound by actor and queue, over all boots.
        samples: descriptors of processes that nothing disturbed; memory is not judged in a drill.
        is_quiet: whether nothing disturbs them now: the harness says so.
    """

    engine: EngineProcess
    clock: Clock
    queues: dict[tuple[str, str], tuple[float, float]] = attrs.field(factory=dict)
    samples: list[ProcessSample] = attrs.field(factory=list)
    is_quiet: bool = False
    _boots: dict[str, object] = attrs.field(factory=dict)
    _since_ns: dict[tuple[str, object], int] = attrs.field(factory=dict)

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            await self.look()
            await trio.sleep(SAMPLE_INTERVAL_S)

    async def look_quietly(self) -> None:
        """Sample while nothing breaks; twice, because only what was there before counts."""
        self.is_quiet = True
        await self.look()
        await self.look()

    async def look(self) -> None:
        """Sample once; nothing while the engine does not answer."""
        asked_ns, was_quiet = self.clock.monotonic_ns(), self.is_quiet
        rows = await self.engine.actors()
        for actor, row in rows.items():
            gauges = row.get("gauges") or {}
            self._take_levels(actor, gauges.get("queues") or {})
            # Seen before as well: its start is in the supervisor's log before this moment.
            since_ns = self._since_ns.setdefault((actor, row["boot"]), asked_ns)
            if (
                was_quiet
                and self.is_quiet
                and row["boot"]
                and self._boots.get(actor) == row["boot"]
                and asked_ns - since_ns >= SETTLED_NS
            ):
                self._take_process(asked_ns, actor, row, gauges)
        self._boots = {actor: row["boot"] for actor, row in rows.items()}

    def _take_levels(self, actor: str, levels: Mapping[str, Any]) -> None:
        for name, (high, maximum) in levels.items():
            before = self.queues.get((actor, name), (0, maximum))
            self.queues[actor, name] = (max(high, before[0]), min(maximum, before[1]))

    def _take_process(
        self, mono_ns: int, actor: str, row: Mapping[str, Any], gauges: Mapping[str, Any]
    ) -> None:
        descriptors = (gauges.get("process") or {}).get("open_files")
        self.samples.append(
            ProcessSample(
                mono_ns=mono_ns,
                actor=actor,
                pid=row["pid"],
                boot=int(row["boot"], 16),
                descriptors=descriptors,
            )
        )
