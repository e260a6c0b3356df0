"""Trading halts: three exchanges, a made-up list each, in the envelope that is theirs alone."""

from collections.abc import Mapping
from typing import Any, Final

from actors.venues.alltick.simulator.moment import Moment

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
    """(status, body) of one page of an exchange's list."""
    symbols = _SYMBOLS[exchange]
    page, size = _count(query, "page", 1, PAGE_MAX), _count(query, "size", SIZE, SIZE_MAX)
    if page is None or size is None:
        return 500, {"success": False, "error": "invalid page or size"}
    rows = [_row(exchange, place, symbol) for place, symbol in enumerate(symbols)]
    return 200, {
        "success": True,
        "timestamp": now.wall_ns // 1_000_000,
        "totalCount": len(rows),
        "totalPages": -(-len(rows) // size),
        "currentPage": page,
        "currentSize": size,
        "data": rows[(page - 1) * size : page * size],
    }


def _count(query: Mapping[str, str], name: str, default: int, most: int) -> int | None:
    text = query.get(name, "")
    if not text:
        return default
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else 0
    return value if 1 <= value <= most else None


def _row(exchange: str, place: int, symbol: str) -> dict[str, Any]:
    row = {
        "symbol": symbol,
        "symbolName": f"{symbol} Inc.",
        "haltReason": _REASONS[place % len(_REASONS)],
        "haltDate": "2026-06-22",
        "haltTime": "09:50:00",
        "haltDateTime": "2026-06-22 09:50:00",
        "resumeDate": "2026-06-22",
        "resumeTime": "09:55:00",
        "resumeDateTime": "2026-06-22 09:55:00",
        "sourceExchange": exchange.upper(),
        "publishDate": "2026-06-22",
    }
    return row | ({"pauseThresholdPrice": "12.34"} if exchange == "nasdaq" else {})
