"""The venue's plans: how many connections, codes and requests each one buys (fact sheet, section 5)."""

from typing import Final

import attrs

STOCK_REGIONS: Final = frozenset({"us_stock", "hk_stock", "cn_stock"})
"""Asset classes that the single-market plans are sold for."""


@attrs.frozen(kw_only=True)
class Plan:
    """Limits of one plan.

    Attributes:
        connections: per token and path family.
        codes: per connection, for books and trades each.
        http_codes: in one GET; more are ignored.
        batch_groups: codes times types in one /batch-kline.
        interval_s: shortest time between two requests of one method, on average over `burst`.
        burst: requests of one method within `interval_s`.
        batch_interval_s: the same for /batch-kline, one request each.
        per_minute: requests of all methods.
        per_day: the same, until midnight UTC.
        reconnect_s: shortest time between two attempts to connect.
        region: the asset class that it is sold for, "" for all.
    """

    connections: int
    codes: int
    http_codes: int = 50
    batch_groups: int
    interval_s: float = 1.0
    burst: int = 1
    batch_interval_s: float
    per_minute: int
    per_day: int
    reconnect_s: float = 3.0
    region: str = ""


_PROFESSIONAL: Final = Plan(
    connections=10,
    codes=3_000,
    batch_groups=500,
    burst=20,
    batch_interval_s=1.0,
    per_minute=1_200,
    per_day=1_728_000,
)

PLANS: Final[dict[str, Plan]] = {
    "free": Plan(
        connections=1,
        codes=5,
        http_codes=5,
        batch_groups=5,
        interval_s=10.0,
        batch_interval_s=10.0,
        per_minute=10,
        per_day=1_000,
        reconnect_s=10.0,
    ),
    "basic": Plan(
        connections=1,
        codes=100,
        batch_groups=100,
        batch_interval_s=3.0,
        per_minute=60,
        per_day=86_400,
    ),
    "premium": Plan(
        connections=3,
        codes=200,
        batch_groups=200,
        burst=10,
        batch_interval_s=2.0,
        per_minute=600,
        per_day=864_000,
    ),
    "professional": _PROFESSIONAL,
    "all_us": attrs.evolve(_PROFESSIONAL, region="us_stock"),
    "all_hk": attrs.evolve(_PROFESSIONAL, region="hk_stock"),
    "all_cn": attrs.evolve(_PROFESSIONAL, region="cn_stock"),
}
