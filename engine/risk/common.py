"""What several controls need: whose sums are compared, a reference that may be used, and how a no reads."""

from collections.abc import Mapping
from decimal import Decimal

from engine.model.money import plain
from engine.risk.codes import Denial, DenialCode
from engine.risk.limits import Aggregates, Effective
from engine.risk.rates import NS
from engine.risk.view import Reference, Sums, View

CLOCK_LEAD_NS_MAX = 1_000_000_000
"""A time stamp further ahead of ours than this was not made on this host since it started."""


def owners(view: View, limits: Effective) -> tuple[tuple[Sums, Aggregates, str], ...]:
    """Account and strategy: their sums, their limits, and what they are called."""
    return (
        (view.account, limits.account, "account"),
        (view.strategy, limits.strategy, "strategy"),
    )


def exceeds(code: DenialCode, value: Decimal, limit: Decimal, whose: str) -> Denial:
    """A no with both numbers."""
    return Denial(code=code, value=plain(value), limit=plain(limit), detail=whose)


def above(
    code: DenialCode, value: Decimal, limit: Mapping[str, Decimal], currency: str, *names: str
) -> Denial | None:
    """A no when the value is above the limit of its currency, or there is none; names: limit, whose."""
    most = limit.get(currency)
    if most is None:
        return limit_missing(names[0], currency)
    return exceeds(code, value, most, f"{names[1]}, {currency}") if value > most else None


def limit_missing(name: str, currency: str) -> Denial:
    """A limit per currency is set, but not for this one."""
    return Denial(code=DenialCode.LIMIT_MISSING, value=f"{name}.{currency}")


def fresh_reference(view: View, limits: Effective, mono_ns: int) -> Reference | None:
    """The reference price, None unless it is fresh and above zero (PT-05)."""
    reference = view.reference
    if reference is None or not reference.price > 0.0:
        return None
    age_ns = mono_ns - reference.mono_ns
    fresh = -CLOCK_LEAD_NS_MAX <= age_ns <= limits.reference_age_s_max * NS
    return reference if fresh else None


def no_reference(view: View, limits: Effective, mono_ns: int) -> Denial:
    """Why there is no reference that may be used."""
    reference = view.reference
    if reference is None:
        seen = "no reference price"
    elif not reference.price > 0.0:
        seen = f"reference price {reference.price}"
    else:
        seen = f"reference is {(mono_ns - reference.mono_ns) / NS:.3f} s old"
    return Denial(
        code=DenialCode.REFERENCE_UNAVAILABLE, value=seen, limit=f"{limits.reference_age_s_max} s"
    )
