"""Limits set for a time by an operator (PT-29): authorised by key, with a reason, ended by themselves.

A change is in the journal with the value before and after it, lies over the configuration until it
expires or is taken back, and survives a restart. The version of limits that orders are checked
against moves with it, so the journal tells at every order which limits held.
"""

import json
from collections.abc import Callable, Iterator, Mapping

import attrs

from engine.errors import ConfigError
from engine.model.money import plain
from engine.orders import records as r
from engine.orders.exact import shown
from engine.orders.kernel import Kernel
from engine.orders.limitchanges import (
    DEFAULTS,
    LIMIT_NAMES,
    cannot_be_kept,
    limit_of,
    parsed,
    section_of,
    with_limit,
)
from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import Arguments, Refused
from engine.orders.usage import pairs, usages
from engine.risk.limits import Aggregates, Effective, effective
from engine.risk.rates import NS
from engine.settings.converter import plain_values

ROUTER = "router"

EXPIRES_S_MAX = 24 * 3600.0
"""A change for longer than a day is no exception: it belongs into the configuration."""

CHANGES_MAX = 100
"""Changes in force at a time."""

SECTIONS: Mapping[str, str] = {
    "venue": "venues",
    "account": "accounts",
    "instrument": "instruments",
    "strategy": "strategies",
}
"""Scopes are written like those of the kill switch: `engine`, `venue:wooxpro`, `strategy:alpha`."""

_ON_SUMS = frozenset(attrs.fields_dict(Aggregates))


class LimitsDesk:
    """Shows limits, sets them for a time, and takes them back when the time is over."""

    __slots__ = ("_deadlines", "_k")

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel
        self._deadlines: dict[r.LimitChanged, int] = {}

    def questions(self) -> Mapping[str, Callable[[Arguments], object]]:
        """What can be asked."""
        return {"limits": self.show}

    def verbs(self) -> Mapping[str, Planner]:
        """What can be done."""
        return {"limits-set": self._set, "limits-reset": self._reset}

    # --- life ------------------------------------------------------------------------------------

    def start(self) -> None:
        """A boot began: end what expired meanwhile or means nothing any more, and note the limits."""
        k = self._k
        for change in list(k.book.risk.changes.values()):
            problem = cannot_be_kept(change)
            if problem:
                self._return(change, by=ROUTER, reason=problem)
                alarm = r.AlarmRecord(
                    kind=r.AlarmKind.LIMIT_CHANGE,
                    account="",
                    subject=f"{change.section} {change.name} {change.limit}".replace("  ", " "),
                    text=f"set for a time by {change.by}, not in force any more: {problem}",
                    ts_ns=k.now.wall_ns,
                )
                k.record(alarm)
        self.due()
        self._note()

    def due(self) -> None:
        """End what has expired, by the wall clock or by the time that has really passed in this boot."""
        k = self._k
        changes = list(k.book.risk.changes.values())
        self._deadlines = {each: self._deadline_mono_ns(each) for each in changes}
        for change, deadline_mono_ns in self._deadlines.items():
            if k.now.wall_ns >= change.expires_ns or k.now.mono_ns >= deadline_mono_ns:
                self._return(change, by=ROUTER, reason="expired")
                self._note()

    def _deadline_mono_ns(self, change: r.LimitChanged) -> int:
        """When a change ends whatever the wall clock does: set back, it would let the change live on.

        Found out when this boot first sees the change. Never more than the whole length that was
        asked for: the wall clock may have been set back between two boots as well.
        """
        known = self._deadlines.get(change)
        if known is not None:
            return known
        now = self._k.now
        left_ns = min(change.expires_ns - now.wall_ns, change.expires_ns - change.ts_ns)
        return now.mono_ns + left_ns

    def _note(self) -> None:
        """Write down which limits hold from here on, if they are others than before."""
        k = self._k
        text = json.dumps(plain_values(k.risk), sort_keys=True)
        if text != k.book.limits_text:
            version = k.book.limits_version + 1
            k.record(r.LimitsVersion(version=version, text=text, ts_ns=k.now.wall_ns))

    def _return(self, change: r.LimitChanged, *, by: str, reason: str) -> None:
        k = self._k
        configured = "null"
        if change.limit in LIMIT_NAMES:
            section = section_of(k.settings.risk, change.section, change.name)
            configured = limit_of(section, change.limit)
        record = r.LimitReturned(
            section=change.section,
            name=change.name,
            limit=change.limit,
            value=configured,
            before=change.value,
            by=by,
            reason=reason,
            ts_ns=k.now.wall_ns,
        )
        k.record(record)

    # --- what a person asks ----------------------------------------------------------------------

    def show(self, _arguments: Arguments) -> object:
        """How much of each limit is used, the limits for single orders, and what is set for a time."""
        k = self._k
        return {
            "version": k.book.limits_version,
            "usage": [
                {
                    "kind": each.kind.value,
                    "owner": each.owner,
                    "limit": each.limit,
                    "subject": each.subject,
                    "used": plain(shown(each.used)),
                    "most": plain(each.most),
                    "percent": int(each.used * 100 / each.most),
                }
                for each in usages(k)
            ],
            "limits": [
                {"strategy": strategy, "instrument": instrument, **_single(limits)}
                for strategy, _, instrument, limits in pairs(k)
            ],
            "changes": [_row(each) for _, each in sorted(k.book.risk.changes.items())],
        }

    def _set(self, arguments: Arguments) -> Plan:
        """Set one limit of one section for a time."""
        k = self._k
        section, name = self._section(arguments)
        limit = self._limit(arguments)
        value = self._value(limit, arguments.get("value"))
        if len(k.book.risk.changes) >= CHANGES_MAX:
            raise Refused(f"{CHANGES_MAX} changes are in force: reset some first")
        record = r.LimitChanged(
            section=section,
            name=name,
            limit=limit,
            value=json.dumps(plain_values(value), sort_keys=True),
            before=limit_of(section_of(k.risk, section, name), limit),
            by="",
            reason="",
            expires_ns=k.now.wall_ns + self._expires_ns(arguments),
            ts_ns=k.now.wall_ns,
        )
        shown = {**_row(record), "affects": list(self._affected(section, name, limit, value))}

        def carry_out(act: Act) -> object:
            k.record(attrs.evolve(record, by=act.by, reason=act.reason))
            self._note()
            return {**shown, "by": act.by, "reason": act.reason, "version": k.book.limits_version}

        return Plan(shown, carry_out)

    def _reset(self, arguments: Arguments) -> Plan:
        """Take a change back before its time is over."""
        section, name = self._section(arguments)
        limit = self._limit(arguments)
        change = self._k.book.risk.changes.get((section, name, limit))
        if change is None:
            raise Refused(f"{limit} is not set for a time there; `limits show` lists what is")
        found = change

        def carry_out(act: Act) -> object:
            self._return(found, by=act.by, reason=act.reason)
            self._note()
            return {**_row(found), "version": self._k.book.limits_version}

        return Plan(_row(found), carry_out)

    # --- arguments -------------------------------------------------------------------------------

    def _section(self, arguments: Arguments) -> tuple[str, str]:
        scope = str(arguments.get("scope") or "")
        if scope == "engine":
            return DEFAULTS, ""
        kind, _, name = scope.partition(":")
        known = self._names().get(kind, ())
        if name in known:
            return SECTIONS[kind], name
        listed = [f"{kind}:{name}" for kind, names in self._names().items() for name in names]
        raise Refused(f"there is no scope {scope!r}; there are {', '.join(['engine', *listed])}")

    def _names(self) -> dict[str, list[str]]:
        settings = self._k.settings
        instruments = {name for each in settings.strategies.values() for name in each.instruments}
        return {
            "venue": sorted({each.venue for each in settings.trade_sessions.values()}),
            "account": sorted(each.account for each in settings.trade_sessions.values()),
            "instrument": sorted(instruments),
            "strategy": sorted(settings.strategies),
        }

    def _limit(self, arguments: Arguments) -> str:
        limit = str(arguments.get("limit") or "")
        if limit not in LIMIT_NAMES:
            raise Refused(f"there is no limit {limit!r}; there are {', '.join(LIMIT_NAMES)}")
        return limit

    def _value(self, limit: str, value: object) -> object:
        if value is None:
            raise Refused("a limit cannot be taken away for a time: set another value")
        try:
            return _parsed(limit, value)
        except ConfigError as error:
            raise Refused(f"{limit} cannot be {value!r}: {error}") from None

    def _expires_ns(self, arguments: Arguments) -> int:
        seconds = arguments.get("expires_s")
        fine = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not fine or not 0 < float(str(seconds)) <= EXPIRES_S_MAX:
            raise Refused(
                f"say for how long (--expires), at most {EXPIRES_S_MAX / 3600:.0f} h: what is to "
                "stay belongs into the configuration"
            )
        return int(float(str(seconds)) * NS)

    def _affected(
        self, section: str, name: str, limit: str, value: object
    ) -> Iterator[dict[str, object]]:
        """What will hold for whom; nothing where a more specific section says something else."""
        risk = with_limit(self._k.risk, section, name, limit, value)
        for strategy, account, instrument, limits in pairs(self._k):
            made = effective(risk, strategy, instrument, account)
            for whose, before, after in _values(limits, made, limit):
                if before != after:
                    yield {
                        "strategy": strategy,
                        "instrument": instrument,
                        "counted_over": whose,
                        "before": plain_values(before),
                        "after": plain_values(after),
                    }


def _parsed(limit: str, value: object) -> object:
    """A value as typed: amounts are texts, so a text may also be a number (`2.5` seconds, `3` orders)."""
    try:
        made: object = parsed(limit, value)
    except ConfigError:
        number = _number(value)
        if number is None:
            raise
        made = parsed(limit, number)
    return made


def _number(value: object) -> object:
    try:
        number: object = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return number


def _values(
    before: Effective, after: Effective, limit: str
) -> Iterator[tuple[str, object, object]]:
    if limit in _ON_SUMS:
        yield "account", getattr(before.account, limit), getattr(after.account, limit)
        yield "strategy", getattr(before.strategy, limit), getattr(after.strategy, limit)
    else:
        yield "order", getattr(before, limit), getattr(after, limit)


def _single(limits: Effective) -> dict[str, object]:
    """Limits that hold for one order, as far as they are set."""
    names = [name for name in LIMIT_NAMES if name not in _ON_SUMS]
    found = {name: plain_values(getattr(limits, name)) for name in names}
    return {name: value for name, value in found.items() if value not in (None, [])}


def _row(change: r.LimitChanged) -> dict[str, object]:
    kinds = {section: kind for kind, section in SECTIONS.items()}
    scope = "engine" if change.section == DEFAULTS else f"{kinds[change.section]}:{change.name}"
    return {
        "scope": scope,
        "limit": change.limit,
        "value": json.loads(change.value),
        "before": json.loads(change.before),
        "by": change.by,
        "reason": change.reason,
        "expires_ns": change.expires_ns,
        "ts_ns": change.ts_ns,
    }
