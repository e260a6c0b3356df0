"""From the supervisor's snapshot to what people and programs read: status, brief line, report.

The snapshot holds each process's state and the numbers it sent with its last heartbeat (`gauges`);
this module only rearranges them. Pure.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.messages.control import IN_SERVICE
from engine.model.enums import VenueStateWord
from engine.model.money import plain
from engine.orders.exact import shown, subtract

NO_VENUE = {
    "state": "disconnected",
    "market_messages": 0,
    "reconnects": 0,
    "restarts": 0,
    "reason": "",
}
NO_LATENCY = {"p50": 0.0, "p99": 0.0, "count": 0}
_COUNTS = ("intents", "denied", "orders", "fills")
_AMOUNTS = ("realised_pnl", "fees")
_NOTHING: Mapping[str, Any] = {
    "mode": "",
    "venues": {},
    "strategies": {},
    "orders": {},
    "trading_state": "unknown",
    "latency_us": {"tick_to_order": NO_LATENCY},
    "restarts": 0,
    "alerts": [],
    "actors": [],
}
"""A run that ended before anything could be seen of it."""


def status_of(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The status object of the interfaces page: actors, venues, strategies, orders, latencies."""
    actors = snapshot["actors"]
    router = _gauges(actors, "router")
    return {
        "mode": snapshot["mode"],
        "since_ns": snapshot["since_ns"],
        "actors": actors,
        "venues": _venues(actors, router),
        "strategies": _strategies(actors, router),
        "owners": router.get("owners", {}),
        "orders": router.get("orders", {}),
        "trading_state": router.get("trading_state", "unknown"),
        "latency_us": {"tick_to_order": _latency(actors)},
        "restarts": sum(actor["restarts"] for actor in actors),
        "alerts": [*snapshot.get("alerts", []), *router.get("alerts", [])],
    }


def summary(
    status: Mapping[str, Any], duration_s: float, carried: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The report of a run as the interfaces page fixes it.

    Its figures are those of the books, which live as long as the journal. `this_run` has what this run
    added to what was `carried` over from earlier ones.
    """
    status = status or _NOTHING
    return {
        "mode": status["mode"],
        "duration_s": round(duration_s, 3),
        "this_run": _added(status["strategies"], carried or {}),
        "carried_over": dict(carried or {}),
        "venues": status["venues"],
        "strategies": status["strategies"],
        "owners": status.get("owners", {}),
        "orders": status["orders"],
        "trading_state": status["trading_state"],
        "latency_us": status["latency_us"],
        "restarts": status["restarts"],
        "alerts": status["alerts"],
        "actors": status["actors"],
    }


def carried_of(status: Mapping[str, Any]) -> dict[str, Any] | None:
    """What strategies have behind them from earlier runs; None while the router has not told.

    To be taken from the first status of a run that has it: a router that is restarted later
    counts what the run did before as well.
    """
    rows = status["strategies"]
    if not any("carried" in row for row in rows.values()):
        return None
    return {
        name: row["carried"] for name, row in rows.items() if _is_something(row.get("carried", {}))
    }


def carried_lines(carried: Mapping[str, Any]) -> list[str]:
    """One sentence per strategy that goes on where an earlier run ended."""
    lines = []
    for name, behind in carried.items():
        held = ", ".join(f"{amount} {each}" for each, amount in behind["positions"].items())
        more = behind.get("held", 0) - len(behind["positions"])
        held += f" and {more} more" if more > 0 else ""
        lines.append(
            f"{name} goes on from earlier runs: {behind['orders']} orders, {behind['fills']} fills, "
            f"holds {held or 'nothing'}"
        )
    return lines


def added_lines(summed: Mapping[str, Any]) -> list[str]:
    """One line per strategy with what this run added; from a `summary`."""
    return [
        f"{name} in this run: {row['orders']} orders, {row['denied']} denied, {row['fills']} fills, "
        f"realised {_spoken(row['realised_pnl'])}, fees {_spoken(row['fees'])}"
        for name, row in summed["this_run"].items()
    ]


def _spoken(amounts: Mapping[str, str]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in amounts.items()) or "0"


def _is_something(behind: Mapping[str, Any]) -> bool:
    return any(behind.get(key) for key in (*_COUNTS, "positions"))


def _added(rows: Mapping[str, Any], carried: Mapping[str, Any]) -> dict[str, Any]:
    added: dict[str, Any] = {}
    for name, row in rows.items():
        before = carried.get(name, {})
        counts = {key: row.get(key, 0) - before.get(key, 0) for key in _COUNTS}
        money = {key: _less(row.get(key, {}), before.get(key, {})) for key in _AMOUNTS}
        added[name] = {**counts, **money}
    return added


def _less(amounts: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    return {
        currency: plain(shown(subtract(Decimal(amount), Decimal(before.get(currency, "0")))))
        for currency, amount in amounts.items()
    }


def brief(status: Mapping[str, Any]) -> dict[str, object]:
    """A status in one line of JSON."""
    return {
        "venues": {name: venue.get("state") for name, venue in status["venues"].items()},
        "strategies": {
            name: {key: row.get(key) for key in ("state", "orders", "fills", "denied")}
            for name, row in status["strategies"].items()
        },
        "orders": status["orders"],
        "trading_state": status["trading_state"],
        "restarts": status["restarts"],
    }


def _gauges(actors: list[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    for actor in actors:
        if actor["kind"] == kind:
            return actor.get("gauges") or {}
    return {}


def _venues(actors: list[Mapping[str, Any]], router: Mapping[str, Any]) -> dict[str, Any]:
    """Per venue: the worst of its accounts and its market data sessions, and their counters.

    The router knows how ready accounts are. A trade session adds `dead_man`: length, how many timers
    run, instruments without one.
    """
    venues: dict[str, Any] = {}
    for account, view in (router.get("venues") or {}).items():
        # The router names accounts: `wooxpro.paper` is the paper account at wooxpro.
        _worsen(venues, account.partition(".")[0], view)
    for actor in actors:
        if actor["kind"] not in {"session", "paper"}:
            continue
        gauges = actor.get("gauges") or {}
        venue = gauges.get("venue") or _venue_in(actor["name"])
        if _shows_market(actor):
            _worsen(venues, venue, _view_of(actor))
        row = venues.setdefault(venue, dict(NO_VENUE))
        if actor["kind"] == "session":
            row["market_messages"] += gauges.get("market_messages", 0)
            if "dead_man" in gauges:
                row["dead_man"] = gauges["dead_man"]
        row["reconnects"] += gauges.get("reconnects", 0)
        row["restarts"] += actor["restarts"]
    return venues


def _shows_market(actor: Mapping[str, Any]) -> bool:
    """Whether it is a session that delivers market data; a joined one is known by its numbers."""
    if actor["kind"] != "session":
        return False
    return actor["name"].endswith(".data") or "market_messages" in (actor.get("gauges") or {})


def _worsen(venues: dict[str, Any], venue: str, view: Mapping[str, Any]) -> None:
    """Let a venue be no better than this view of it."""
    row = venues.get(venue)
    if row is None:
        venues[venue] = {**NO_VENUE, **view}
    elif VenueStateWord(view["state"]).worth < VenueStateWord(row["state"]).worth:
        row |= view


def _view_of(actor: Mapping[str, Any]) -> dict[str, Any]:
    """How a market data session is; one that is not in service shows nothing."""
    told = (actor.get("gauges") or {}).get("state")
    if told is None or actor["state"] not in IN_SERVICE:
        return {"state": VenueStateWord.DISCONNECTED.value, "reason": f"{actor['name']} is away"}
    return {"state": told, "reason": actor.get("last_reason", "")}


def _venue_in(name: str) -> str:
    """`wooxpro.data` and `paper.wooxpro` are both of wooxpro."""
    first, _, second = name.partition(".")
    return second if first == "paper" else first


def _strategies(actors: list[Mapping[str, Any]], router: Mapping[str, Any]) -> dict[str, Any]:
    """Per strategy: the router's account of its orders and money, the process's state."""
    accounts = router.get("strategies") or {}
    rows: dict[str, Any] = {}
    for actor in actors:
        if actor["kind"] != "strategy":
            continue
        name = actor["name"].partition(".")[2]
        base = {
            "intents": 0,
            "denied": 0,
            "orders": 0,
            "fills": 0,
            "realised_pnl": {},
            "unrealised_pnl": {},
        }
        rows[name] = {
            **base,
            **accounts.get(name, {}),
            "state": actor["state"],
            "restarts": actor["restarts"],
        }
    return rows


def _latency(actors: list[Mapping[str, Any]]) -> dict[str, float]:
    """Tick to order, of the session that has sent the most orders."""
    found = [
        actor["gauges"]["latency_us"]
        for actor in actors
        if (actor.get("gauges") or {}).get("latency_us", {}).get("count")
    ]
    return max(found, key=lambda row: row["count"]) if found else dict(NO_LATENCY)
