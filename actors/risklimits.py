"""Checks the limits of a configuration: well formed, and none missing where real money is at stake. Pure.

Each key is tried alone, so that no fault hides another; what can be read is still looked at, and a
limit that is there but cannot be read is not reported a second time as missing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import attrs

from engine.errors import ConfigError, Problem
from engine.model.enums import Mode
from engine.model.instrument import venue_of
from engine.risk.limits import Limits, RiskSettings, missing_for_live
from engine.settings.converter import structure

T = TypeVar("T")

ROOT = "risk"
"""Where the limits stand in a configuration; paths of problems begin with it."""

GROUPS = ("venues", "accounts", "instruments", "strategies")
"""Tables of sections, by name."""


def limit_problems(raw: Mapping[str, object], live: Iterable[tuple[str, str]]) -> list[Problem]:
    """Everything wrong with `[risk]`; `live` are the (strategy, instrument) pairs that trade live."""
    reading = _Reading()
    risk = reading.settings(raw)
    for strategy, instrument in live:
        reading.problems += [
            missing
            for missing in missing_for_live(risk, [(strategy, instrument)])
            if not reading.unreadable.intersection(_said_at(missing, strategy, instrument))
        ]
    return reading.problems


def _said_at(missing: Problem, strategy: str, instrument: str) -> Iterator[str]:
    """Paths at which the limit might stand, and those of the sections around it."""
    key = missing.path.rpartition(".")[2]
    sections = [f"{ROOT}.defaults"]
    venue = venue_of(instrument)
    names = (venue, f"{venue}.{Mode.LIVE}", instrument, strategy)
    for group, name in zip(GROUPS, names, strict=True):
        yield f"{ROOT}.{group}"
        sections.append(f"{ROOT}.{group}.{name}")
    for section in sections:
        yield from (section, f"{section}.{key}")


class _Reading:
    """Takes in what can be read.

    Attributes:
        problems: what cannot.
        unreadable: the paths of that.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()

    def settings(self, raw: Mapping[str, object]) -> RiskSettings:
        """All sections."""
        known = {"defaults", *GROUPS}
        self._tried({k: v for k, v in raw.items() if k not in known}, RiskSettings, ROOT, ROOT)
        sections = {
            group: {
                name: self._limits(value, f"{ROOT}.{group}.{name}")
                for name, value in self._group(raw, group).items()
            }
            for group in GROUPS
        }
        defaults = self._limits(raw.get("defaults", {}), f"{ROOT}.defaults")
        return RiskSettings(
            defaults=defaults,
            venues=sections["venues"],
            accounts=sections["accounts"],
            instruments=sections["instruments"],
            strategies=sections["strategies"],
        )

    def _group(self, raw: Mapping[str, object], group: str) -> Mapping[str, object]:
        value = raw.get(group, {})
        if isinstance(value, Mapping):
            return value
        path = f"{ROOT}.{group}"
        self.problems.append(Problem(path, f"expected a table of sections, got {value!r:.60}"))
        self.unreadable.add(path)
        return {}

    def _limits(self, value: object, path: str) -> Limits:
        """A section by those of its keys that fit."""
        if not isinstance(value, Mapping):
            self._tried(value, Limits, path, path)
            return Limits()
        good = Limits()
        for key, each in value.items():
            one = self._tried({key: each}, Limits, path, f"{path}.{key}")
            if one is not None:
                good = attrs.evolve(good, **{key: getattr(one, key)})
        return good

    def _tried(self, value: object, cls: type[T], path: str, named: str) -> T | None:
        """`value` as a `cls`; None when it cannot be read, which `named` remembers."""
        try:
            return structure(value, cls, path=path)
        except ConfigError as error:
            self.problems.extend(error.problems)
            self.unreadable.add(named)
            return None
