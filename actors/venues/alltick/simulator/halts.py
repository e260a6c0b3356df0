"""Trading halts: three exchanges, a made-up list each, in the envelope that is theirs alone.

The newest announcement comes first. A request with `page` or `size` gets one page and its numbers, any
other the whole list.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from engine.simulator.moment import NS, Moment

PAGE_MAX: Final = 10_000
SIZE_MAX: Final = 1_000
SIZE: Final = 10

_REASONS: Final = ("News Pending", "Volatility Trading Pause", "Additional Information Requested")
_SYMBOLS: Final = {
    "sse": ("600001", "600003", "600005"),
    "nyse": ("AAAA", "BBBB", "CCCC", "DDDD"),
    "nasdaq": ("WWWW", "XXXX", "YYYY", "ZZZZ", "QQQX"),
}
EXCHANGES: Final = frozenset(_SYMBOLS)
"""That have a list."""


def suspensions(exchange: str, query: Mapping[str, str], now: Moment) -> tuple[int, dict[str, Any]]:
    """(status, body) of an exchange's list, or of one page of it."""
    page, size = _count(query, "page", 1, PAGE_MAX), _count(query, "size", SIZE, SIZE_MAX)
    if page is None or size is None:
        return 500, {"success": False, "error": "invalid page or size"}
    rows = [_row(exchange, place, symbol) for place, symbol in enumerate(_SYMBOLS[exchange])]
    body = {
        "success": True,
        "timestamp": f"{datetime.fromtimestamp(now.wall_ns // NS, UTC):%Y-%m-%dT%H:%M:%S}",
        "totalCount": len(rows),
    }
    if not query.keys() & {"page", "size"}:
        return 200, body | {"data": rows}
    shown = rows[(page - 1) * size : page * size]
    pages = {"totalPages": -(-len(rows) // size), "currentPage": page, "currentSize": len(shown)}
    return 200, body | pages | {"data": shown}


def _count(query: Mapping[str, str], name: str, default: int, most: int) -> int | None:
    text = query.get(name, "")
    if not text:
        return default
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
    return value if 1 <= value <= most else None


def _row(exchange: str, place: int, symbol: str) -> dict[str, Any]:
    """One halt; each exchange has fields of its own."""
    day = f"2026-06-{22 - place}"
    row = {
        "symbol": symbol,
        "symbolName": f"{symbol} Inc.",
        "haltReason": _REASONS[place % len(_REASONS)],
        "haltDate": day,
        "haltTime": "09:50:00",
        "resumeDate": day,
        "resumeTime": "09:55:00",
        "publishDate": f"{day} 09:49:30",
    }
    if exchange == "sse":
        return row | {"haltPeriod": "5 minutes"}
    row |= {
        "haltDateTime": f"{day} 09:50:00",
        "resumeDateTime": f"{day} 09:55:00",
        "sourceExchange": exchange.upper(),
    }
    return row | ({"pauseThresholdPrice": "12.34"} if exchange == "nasdaq" else {})
