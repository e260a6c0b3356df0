"""Alerts: what an operator should see, newest last, bounded. Pure."""

from collections import deque
from collections.abc import Mapping

import attrs

ALERTS_MAX = 200
"""Kept in memory and shown; the log has all of them."""


@attrs.frozen(kw_only=True)
class Alert:
    """One alert: when, about whom, a fixed word for programs, a sentence for people."""

    ts_ns: int
    actor: str
    code: str
    text: str

    def row(self) -> Mapping[str, object]:
        """As programs read it."""
        return attrs.asdict(self)


class Alerts:
    """The last alerts. A lasting condition is raised once and may be raised again after `clear`."""

    def __init__(self, count_max: int = ALERTS_MAX) -> None:
        self._alerts: deque[Alert] = deque(maxlen=count_max)
        self._lasting: set[tuple[str, str]] = set()
        self.total = 0

    def add(self, alert: Alert) -> None:
        """Something happened."""
        self._alerts.append(alert)
        self.total += 1

    def add_lasting(self, alert: Alert) -> bool:
        """A condition holds; False (and nothing is added) when it was known already."""
        key = (alert.actor, alert.code)
        if key in self._lasting:
            return False
        self._lasting.add(key)
        self.add(alert)
        return True

    def clear(self, actor: str, code: str) -> None:
        """The condition no longer holds."""
        self._lasting.discard((actor, code))

    def rows(self) -> list[Mapping[str, object]]:
        """All that are kept, oldest first, as programs read them."""
        return [alert.row() for alert in self._alerts]
