"""What a person looks at: the live table of a run, the status view, cells of lists.

Everything here turns plain values (the supervisor's snapshot, the router's status) into rich tables;
nothing asks or computes money. Cells are `Text`: reasons come from plugins and venues, and a bracket
in them must neither act as markup nor end the process that shows the table.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from actors.command import alarming
from actors.command.tables import Listing

_GOOD = {"ready", "active", "filled", "open"}
_BAD = {"failed", "quarantined", "down", "killed", "rejected", "denied", "unknown"}

REMOVED = "removed"
"""The router's word for an owner that is not in the configuration any more."""

ALERTS_SHOWN = 3
"""The newest of what has happened; `alarms` has all that are kept, the log all."""

POSITIONS_SHOWN = 2
"""Instruments named in a row; of more the number is said."""

CENT = Decimal("0.01")


def coloured(word: str) -> Text:
    """A state word, green when well, red when not, yellow in between."""
    style = "green" if word in _GOOD else "bold red" if word in _BAD else "yellow"
    return Text(word, style=style)


def cell(key: str, value: object) -> Text:
    """One value of a list as text: times of day for nanoseconds, blanks for nothing."""
    return Text(_words(key, value))


def _words(key: str, value: object) -> str:
    if value is None:
        return ""
    if key == "ts_ns" and isinstance(value, int):
        return datetime.fromtimestamp(value / 1e9, tz=UTC).strftime("%H:%M:%S.%f")[:-3]
    if key == "expires_ns" and isinstance(value, int):  # it may be tomorrow
        return day_and_time(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{amount} {currency}" for currency, amount in value.items())
    return str(value)


def day_and_time(ns: int) -> str:
    """A moment that may be of another day."""
    return datetime.fromtimestamp(ns / 1e9, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def fitting_view(status: Mapping[str, Any], console: Console) -> RenderableType:
    """The whole picture where the terminal is high enough for it, else one without what is well.

    What a person wants to see first must not be what a small terminal cuts off.
    """
    whole = status_view(status)
    return (
        whole
        if len(console.render_lines(whole)) < console.height
        else status_view(status, short=True)
    )


def status_view(
    status: Mapping[str, Any], *, short: bool = False, framed: bool = True
) -> RenderableType:
    """The whole picture: processes, venues, strategies, orders, and what is wrong.

    `short` counts the processes that are well, and has first what is wrong: a low screen cuts the end.
    Without a frame lines are as long as they need to be, for a pipe or a file.
    """
    owners = _other_owners(status["actors"])
    strategies = status["strategies"] | owners
    parts: list[RenderableType] = [
        *_actors(status["actors"], short=short),
        _venue_table(status["venues"]),
        _strategy_table(strategies),
        *_denials(strategies),
        Text.assemble(
            "orders: ", _counts(status["orders"]), "   trading: ", coloured(status["trading_state"])
        ),
    ]
    latency = status.get("latency_us", {}).get("tick_to_order")
    if latency and latency.get("count"):
        parts.append(
            Text(
                f"tick to order: p50 {latency['p50']:.0f} µs, p99 {latency['p99']:.0f} µs "
                f"({latency['count']} orders)"
            )
        )
    wrong = [Text(f"! {line}", style="bold red") for line in _wrong(status, owners)]
    parts = [*wrong, *parts] if short else [*parts, *wrong]
    title = f"Pitboss · {status['mode']}"
    if not framed:
        return Group(Text(title), *parts)
    return Panel(Group(*parts), title=title, border_style="cyan")


def _other_owners(actors: Iterable[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Who has orders or positions without being a strategy of the configuration, as the router says."""
    for actor in actors:
        if actor["kind"] == "router":
            return (actor.get("gauges") or {}).get("owners") or {}
    return {}


# --- what is wrong ------------------------------------------------------------------------------


def _wrong(status: Mapping[str, Any], owners: Mapping[str, Any]) -> Iterator[str]:
    """What needs a person now, all of it; then the newest of what has happened."""
    for name, row in owners.items():
        if row["state"] == REMOVED:
            yield left_behind(name, row)
    yield from map(_alert, alarming.given_up(status))
    alerts = alarming.others(status)
    older = len(alerts) - ALERTS_SHOWN
    if older > 0:
        yield f"{older} older alerts: python run.py alarms"
    yield from (_alert(alert) for alert in alerts[-ALERTS_SHOWN:])


def left_behind(name: str, row: Mapping[str, Any]) -> str:
    """What an owner that no configuration lists still has, and what to do."""
    held, orders = _positions(row), row.get("open_orders", 0)
    left = [f"holds {held}"] if held else []
    left += [f"has {orders} open order{'s' if orders != 1 else ''}"] if orders else []
    return (
        f"{name} is not configured and {' and '.join(left)} → python run.py flatten --strategy {name} "
        '--reason "…", or configure a strategy of this name again'
    )


def _alert(alert: Mapping[str, Any]) -> str:
    return f"{_words('ts_ns', alert['ts_ns'])[:8]} {alert['actor']}: {alert['text']}"


# --- tables -------------------------------------------------------------------------------------


def _actors(actors: Sequence[Mapping[str, Any]], *, short: bool) -> list[RenderableType]:
    if not short:
        return [_actor_table(actors)]
    others = [each for each in actors if each["state"] != "ready" or each["restarts"]]
    count = len(actors) - len(others)
    well = Text.assemble(f"{count} processes ", coloured("ready"), ", never restarted")
    return [well, _actor_table(others)] if others else [well]


def _listing(
    titles: Sequence[str], rows: Iterable[Sequence[str | Text]], *gives_way: str
) -> Listing:
    cells = [[each if isinstance(each, Text) else Text(each) for each in row] for row in rows]
    return Listing(titles, cells, wraps=("reason",), gives_way=gives_way, blocks=False)


def _actor_table(actors: Sequence[Mapping[str, Any]]) -> Listing:
    rows = [
        (
            actor["name"],
            coloured(actor["state"]),
            str(actor["pid"] or ""),
            str(actor["restarts"]),
            f"{actor['rss_mib']:.0f} MiB" if actor.get("rss_mib") else "",
            alarming.reason_of(actor),
        )
        for actor in actors
    ]
    titles = ("process", "state", "pid", "restarts", "memory", "reason")
    return _listing(titles, rows, "memory", "restarts", "pid")


def _venue_table(venues: Mapping[str, Mapping[str, Any]]) -> Listing:
    rows = [
        (
            name,
            coloured(str(venue.get("state", ""))),
            f"{venue.get('market_messages', 0):,}",
            str(venue.get("reconnects", 0)),
            _timers(venue.get("dead_man") or {}),
            str(venue.get("reason", "")),
        )
        for name, venue in venues.items()
    ]
    titles = ("venue", "state", "market messages", "reconnects", "dead-man timers", "reason")
    return _listing(titles, rows, "dead-man timers", "market messages", "reconnects")


def _timers(dead_man: Mapping[str, Any]) -> str:
    """Of the venue's trade session; empty where there is none."""
    if not dead_man:
        return ""
    if not dead_man.get("timeout_s"):
        return "off"
    left_out = dead_man.get("left_out", 0)
    without = f", {left_out} without" if left_out else ""
    return f"{dead_man.get('armed', 0)} of {dead_man['timeout_s']} s{without}"


def _strategy_table(strategies: Mapping[str, Mapping[str, Any]]) -> Listing:
    """Money first: `net` is realised and unrealised less fees."""
    counts = {
        "open": "open_orders",
        "fills": "fills",
        "denied": "denied",
        "orders": "orders",
        "intents": "intents",
    }
    rows: list[tuple[str | Text, ...]] = [
        (
            name,
            coloured(str(row.get("state", "")).replace("_", " ")),
            _positions(row),
            _money(row.get("net_pnl", {})),
            _money(row.get("fees", {}), sign=""),
            _money(row.get("realised_pnl", {})),
            _money(row.get("unrealised_pnl", {})),
            *(str(row.get(key, 0)) for key in counts.values()),
        )
        for name, row in strategies.items()
    ]
    titles = ("strategy", "state", "position", "net", "fees", "realised", "unrealised", *counts)
    gives_way = ("intents", "orders", "unrealised", "realised", "fills", "denied", "open", "fees")
    return _listing(titles, rows, *gives_way)


def _positions(row: Mapping[str, Any]) -> str:
    """What is held, by name where that is short."""
    held = row.get("positions") or {}
    count = row.get("held", len(held))
    if count > POSITIONS_SHOWN:
        return f"{count} instruments"
    return ", ".join(f"{quantity} {instrument}" for instrument, quantity in held.items())


def _denials(strategies: Mapping[str, Mapping[str, Any]]) -> Iterator[Text]:
    """Why orders were denied, for each strategy that had any."""
    for name, row in strategies.items():
        codes = row.get("denials") or {}
        if codes:
            said = ", ".join(f"{count} {code}" for code, count in codes.items())
            yield Text(f"denied of {name}: {said}", style="yellow")


def _money(amounts: Mapping[str, str], sign: str = "+") -> str:
    return ", ".join(f"{_amount(amount, sign)} {currency}" for currency, amount in amounts.items())


def _amount(text: str, sign: str) -> str:
    """To the cent; what is less than one is not shown as nothing but to its second digit."""
    value = Decimal(text)
    if value and abs(value) < CENT:
        return f"{value:{sign}.{1 - value.adjusted()}f}"
    return f"{value:{sign},.2f}"


def _counts(orders: Mapping[str, int]) -> str:
    shown = [f"{count} {word.replace('_', ' ')}" for word, count in orders.items() if count]
    return ", ".join(shown) or "none"
