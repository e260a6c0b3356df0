"""Capabilities of venues as a table for documents, made from what the venues declare. Pure."""

from collections.abc import Callable, Mapping, Sequence

from engine.session.declaration import Capabilities, Venue

NONE = "-"
"""Where the question does not arise."""


def _yes(venue: Venue, holds: Callable[[Capabilities], bool]) -> str:
    if venue.trade is None:
        return ""
    return "yes" if holds(venue.capabilities) else "no"


def _timer(venue: Venue) -> str:
    if venue.trade is None:
        return ""
    shortest_s = venue.capabilities.dead_man_timer_s_min
    return "no" if shortest_s is None else f"from {shortest_s} s"


def _fill_key(venue: Venue) -> str:
    return "" if venue.trade is None else venue.capabilities.fill_key.text


def _how(venue: Venue) -> str:
    return " (one, where orders are live)" if venue.joined else ""


def sessions_of(venue: Venue) -> list[str]:
    """Its sessions by name: `data`, or one for each feed, and `trade`."""
    feeds = [f"{feed.name}.data".lstrip(".") for feed in venue.data_feeds]
    return [*feeds, *(["trade"] if venue.trade else [])]


_ROWS: Sequence[tuple[str, Callable[[Venue], str]]] = (
    ("sessions", lambda venue: ", ".join(sessions_of(venue)) + _how(venue)),
    ("market data", lambda venue: ", ".join(venue.capabilities.market_kinds)),
    ("order types", lambda venue: ", ".join(w.value for w in venue.capabilities.ord_types)),
    ("times in force", lambda venue: ", ".join(w.value for w in venue.capabilities.times_in_force)),
    ("post only", lambda venue: _yes(venue, lambda can: can.post_only)),
    ("reduce only", lambda venue: _yes(venue, lambda can: can.reduce_only)),
    (
        "lists of orders",
        lambda venue: ", ".join(word.value for word in venue.capabilities.contingencies),
    ),
    (
        "position effects",
        lambda venue: ", ".join(word.value for word in venue.capabilities.position_effects),
    ),
    ("change of an order", lambda venue: _yes(venue, lambda can: can.replace)),
    ("query of one order", lambda venue: _yes(venue, lambda can: can.query_order)),
    ("complete history", lambda venue: _yes(venue, lambda can: can.complete_history)),
    ("cancels everything natively", lambda venue: _yes(venue, lambda can: can.cancel_all)),
    ("dead-man timer", _timer),
    (
        "refuses a repeated client order id",
        lambda venue: _yes(venue, lambda can: can.refuses_repeated_client_order_id),
    ),
    ("a fill is known by", _fill_key),
    ("takes fills back", lambda venue: _yes(venue, lambda can: can.revises_fills)),
    ("credentials", lambda venue: ", ".join(f"`{name}`" for name in venue.credentials)),
    ("what is certain", lambda venue: venue.capabilities.notes),
)


def capability_table(venues: Mapping[str, Venue]) -> str:
    """A column per venue, a row per capability; a dash where the question does not arise."""
    lines = [
        ["", *(f"[{venue.title}]({name}/README.md)" for name, venue in venues.items())],
        ["---"] * (len(venues) + 1),
        *([title, *(tell(venue) or NONE for venue in venues.values())] for title, tell in _ROWS),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
