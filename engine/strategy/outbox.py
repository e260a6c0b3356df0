"""What a strategy's host wants done: plain values that the actor (or a backtest) carries out."""

from collections.abc import Callable, Mapping

import attrs


@attrs.frozen
class Subscribe:
    """Read the topic (message class, instrument)."""

    kind: type
    instrument: str


@attrs.frozen
class Unsubscribe:
    """Stop reading the topic."""

    kind: type
    instrument: str


@attrs.frozen
class ToRouter:
    """Send this message to the router; intents are repeated until they are confirmed."""

    message: object


@attrs.frozen
class LogLine:
    """Write one structured log line."""

    event: str
    fields: Mapping[str, object]


@attrs.frozen
class SaveState:
    """Keep this state over restarts.

    Attributes:
        report_seen: number of the last report that it can have in it, 0 before the first.
        journal: what numbers the reports, 0 when that is not known.
    """

    state: Mapping[str, object] = attrs.field(factory=dict)
    report_seen: int = 0
    journal: int = 0


@attrs.frozen
class Offload:
    """Run `work(*arguments)` in a thread and hand the result back under `name`."""

    work: Callable[..., object]
    arguments: tuple[object, ...]
    name: str
