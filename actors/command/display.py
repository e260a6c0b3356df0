"""What a person looks at: the live table of a run, the status view, cells of lists.

Everything here turns plain values (the supervisor's snapshot, the router's status) into rich tables;
nothing asks or computes money. Cells are `Text`: reasons come from plugins and venues, and a bracket
in them must neither act as markup nor end the process that shows the table.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_GOOD = {"ready", "active", "filled", "open"}
_BAD = {"failed", "quarantined", "down", "killed", "rejected", "denied", "unknown"}


ALERTS_SHOWN = 3
"""The newest; the log has all of them."""


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
        return datetime.fromtimestamp(value / 1e9, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if isinstance(value, Mapping):
        return ", ".join(f"{amount} {currency}" for currency, amount in value.items())
    return str(value)


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


def status_view(status: Mapping[str, Any], *, short: bool = False) -> RenderableType:
    """The whole picture: processes, venues, strategies, orders; `short` counts the processes that are well."""
    parts: list[RenderableType] = [
        *_actors(status["actors"], short=short),
        _venue_table(status["venues"]),
        _strategy_table(status["strategies"]),
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
    shown = status["alerts"][-ALERTS_SHOWN:]
    parts.extend(Text(f"! {_alert(alert)}", style="bold red") for alert in shown)
    return Panel(Group(*parts), title=f"Pitboss · {status['mode']}", border_style="cyan")


def _alert(alert: Mapping[str, Any]) -> str:
    return f"{_words('ts_ns', alert['ts_ns'])[:8]} {alert['actor']}: {alert['text']}"


def _actors(actors: Sequence[Mapping[str, Any]], *, short: bool) -> list[RenderableType]:
    if not short:
        return [_actor_table(actors)]
    others = [each for each in actors if each["state"] != "ready" or each["restarts"]]
    count = len(actors) - len(others)
    well = Text.assemble(f"{count} processes ", coloured("ready"), ", never restarted")
    return [well, _actor_table(others)] if others else [well]


def _table(*headers: str) -> Table:
    """Names and money are shown whole; where there is no room, the other columns give way."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    for place, header in enumerate(headers):
        table.add_column(header, no_wrap=place == 0 or header.endswith("realised"))
    return table


def _actor_table(actors: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("process", "state", "pid", "restarts", "memory", "last reason")
    for actor in actors:
        memory = actor.get("rss_mib")
        table.add_row(
            actor["name"],
            coloured(actor["state"]),
            str(actor["pid"] or ""),
            str(actor["restarts"]),
            f"{memory:.0f} MiB" if memory else "",
            Text(str(actor["last_reason"] or "")[:60]),
        )
    return table


def _venue_table(venues: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table("venue", "state", "market messages", "reconnects", "dead-man timers", "reason")
    for name, venue in venues.items():
        table.add_row(
            name,
            coloured(str(venue.get("state", ""))),
            f"{venue.get('market_messages', 0):,}",
            str(venue.get("reconnects", 0)),
            _timers(venue.get("dead_man") or {}),
            Text(str(venue.get("reason", ""))[:60]),
        )
    return table


def _timers(dead_man: Mapping[str, Any]) -> str:
    """Of the venue's trade session; empty where there is none."""
    if not dead_man:
        return ""
    if not dead_man.get("timeout_s"):
        return "off"
    left_out = dead_man.get("left_out", 0)
    without = f", {left_out} without" if left_out else ""
    return f"{dead_man.get('armed', 0)} of {dead_man['timeout_s']} s{without}"


def _strategy_table(strategies: Mapping[str, Mapping[str, Any]]) -> Table:
    counts = ("intents", "denied", "orders", "fills")
    table = _table("strategy", "state", *counts, "realised", "unrealised")
    for name, row in strategies.items():
        table.add_row(
            name,
            coloured(str(row.get("state", ""))),
            *(str(row.get(key, 0)) for key in counts),
            _money(row.get("realised_pnl", {})),
            _money(row.get("unrealised_pnl", {})),
        )
    return table


def _money(amounts: Mapping[str, str]) -> str:
    return ", ".join(f"{float(amount):+,.2f} {currency}" for currency, amount in amounts.items())


def _counts(orders: Mapping[str, int]) -> str:
    shown = [f"{count} {word.replace('_', ' ')}" for word, count in orders.items() if count]
    return ", ".join(shown) or "none"
