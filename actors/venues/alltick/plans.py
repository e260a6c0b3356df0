"""The subscription plans of the venue: what each allows on the stream and over HTTP.

Counts are the venue's own tables (fact sheet, section 5), per token. Where pages of the venue
contradict each other the smaller number stands here.
"""

from collections.abc import Mapping
from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Plan:
    """One plan.

    Attributes:
        connections: streams of one family that may be open with one token.
        codes: codes in each of the two lists of a connection; more are silently ignored.
        reconnect_s: pause between two attempts to connect.
        calls_per_s: calls to each endpoint of the HTTP API in a second.
        batch_interval_s: pause between two `/batch-kline` calls.
        calls_per_minute: to all endpoints together.
        calls_per_day: likewise.
        codes_per_get: codes in one GET; the venue recommends it for paid plans, more are ignored.
        groups_per_batch: codes times bar lengths in one `/batch-kline`.
    """

    connections: int
    codes: int
    reconnect_s: float
    calls_per_s: float
    batch_interval_s: float
    calls_per_minute: int
    calls_per_day: int
    codes_per_get: int
    groups_per_batch: int


_PROFESSIONAL: Final = Plan(
    connections=10,
    codes=3_000,
    reconnect_s=3.0,
    calls_per_s=20.0,
    batch_interval_s=1.0,
    calls_per_minute=1_200,
    calls_per_day=1_728_000,
    codes_per_get=50,
    groups_per_batch=500,
)

PLANS: Final[Mapping[str, Plan]] = {
    "free": Plan(
        connections=1,
        codes=5,
        reconnect_s=10.0,
        calls_per_s=0.1,
        batch_interval_s=10.0,
        calls_per_minute=10,
        calls_per_day=1_000,
        codes_per_get=5,
        groups_per_batch=5,
    ),
    "basic": Plan(
        connections=1,
        codes=100,
        reconnect_s=3.0,
        calls_per_s=1.0,
        batch_interval_s=3.0,
        calls_per_minute=60,
        calls_per_day=86_400,
        codes_per_get=50,
        groups_per_batch=100,
    ),
    "premium": Plan(
        connections=3,
        codes=200,
        reconnect_s=3.0,
        calls_per_s=10.0,
        batch_interval_s=2.0,
        calls_per_minute=600,
        calls_per_day=864_000,
        codes_per_get=50,
        groups_per_batch=200,
    ),
    "professional": _PROFESSIONAL,
    "all_hk": _PROFESSIONAL,
    "all_cn": _PROFESSIONAL,
    "all_us": _PROFESSIONAL,
}
"""By the word of the setting `plan`."""
