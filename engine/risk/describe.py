"""Controls, codes and limits as documentation, made from the code itself (`docs/risk.md`)."""

import inspect
import re
from collections.abc import Mapping

import attrs

from engine.docstrings import documented
from engine.risk import controls, guards
from engine.risk.codes import MEANING, DenialCode
from engine.risk.limits import Limits
from engine.risk.rules import ELSEWHERE, RULES

CONTROLS_BEGIN = "<!-- generated: controls -->"
CODES_BEGIN = "<!-- generated: codes -->"
LIMITS_BEGIN = "<!-- generated: limits -->"
RULES_BEGIN = "<!-- generated: rules -->"
END = "<!-- end -->"

CODES: Mapping[controls.Control, tuple[DenialCode, ...]] = {
    controls.expiry: (DenialCode.INTENT_EXPIRED,),
    controls.trading_state: (DenialCode.TRADING_HALTED,),
    controls.order_venue: (DenialCode.VENUE_HAS_NO_ORDERS,),
    controls.allowed_instrument: (DenialCode.INSTRUMENT_NOT_ALLOWED,),
    controls.venue_state: (DenialCode.VENUE_NOT_READY,),
    controls.known_instrument: (DenialCode.UNKNOWN_INSTRUMENT, DenialCode.INSTRUMENT_NOT_TRADEABLE),
    guards.trading_hours: (DenialCode.OUTSIDE_TRADING_HOURS,),
    controls.supported: (
        DenialCode.UNSUPPORTED_ORDER_TYPE,
        DenialCode.UNSUPPORTED_TIME_IN_FORCE,
        DenialCode.UNSUPPORTED_FLAG,
        DenialCode.UNSUPPORTED_REPLACE,
    ),
    controls.price_sanity: (
        DenialCode.PRICE_MISSING,
        DenialCode.PRICE_UNEXPECTED,
        DenialCode.PRICE_NOT_POSITIVE,
        DenialCode.PRICE_OFF_TICK,
    ),
    controls.order_quantity: (
        DenialCode.QUANTITY_NOT_POSITIVE,
        DenialCode.QUANTITY_OFF_LOT,
        DenialCode.QUANTITY_BELOW_MINIMUM,
        DenialCode.QUANTITY_EXCEEDS_MAXIMUM,
    ),
    controls.stale_data: (DenialCode.STALE_DATA,),
    controls.market_order: (DenialCode.MARKET_ORDER_FORBIDDEN, DenialCode.REFERENCE_UNAVAILABLE),
    controls.price_collar: (DenialCode.PRICE_OUTSIDE_COLLAR,),
    guards.price_drift: (DenialCode.PRICE_DRIFT, DenialCode.REFERENCE_UNAVAILABLE),
    guards.self_match: (DenialCode.SELF_MATCH,),
    controls.order_notional: (
        DenialCode.NOTIONAL_BELOW_MINIMUM,
        DenialCode.NOTIONAL_EXCEEDS_MAX_PER_ORDER,
        DenialCode.LIMIT_MISSING,
    ),
    controls.reduce_only: (DenialCode.REDUCE_ONLY_WOULD_INCREASE,),
    controls.reducing: (DenialCode.TRADING_STATE_REDUCING,),
    controls.position_limit: (DenialCode.POSITION_LIMIT,),
    controls.open_notional: (DenialCode.OPEN_NOTIONAL_LIMIT,),
    guards.credit: (DenialCode.CREDIT_LIMIT, DenialCode.LIMIT_MISSING),
    guards.balance: (
        DenialCode.NOTIONAL_EXCEEDS_FREE_BALANCE,
        DenialCode.BALANCE_UNAVAILABLE,
    ),
    guards.loss_limit: (DenialCode.LOSS_LIMIT, DenialCode.LIMIT_MISSING),
    controls.open_orders: (DenialCode.OPEN_ORDERS_LIMIT,),
    controls.duplicate: (DenialCode.DUPLICATE_SUSPECTED,),
    controls.message_rate: (DenialCode.RATE_LIMIT_EXCEEDED,),
}
"""Which codes a control can answer with."""


def controls_table() -> str:
    """Every control in the order in which it is asked, with its rule and its codes."""
    lines = [
        "| # | control | rule | what it demands | denies with |",
        "| --- | --- | --- | --- | --- |",
    ]
    for number, control in enumerate(controls.CONTROLS, 1):
        rules, demand = _documented(inspect.getdoc(control) or "")
        codes = ", ".join(f"`{code.value}`" for code in CODES[control])
        name = getattr(control, "__name__", "")
        lines.append(f"| {number} | `{name}` | {rules} | {demand} | {codes} |")
    return "\n".join(lines)


def rules_table() -> str:
    """All rules, with the controls that carry them out and what else does."""
    named: dict[str, list[str]] = {}
    for control in controls.CONTROLS:
        rules, _ = _documented(inspect.getdoc(control) or "")
        for rule in rules.split(", "):
            named.setdefault(rule, []).append(f"`{getattr(control, '__name__', '')}`")
    lines = ["| rule | what it is about | carried out by |", "| --- | --- | --- |"]
    for rule, about in RULES.items():
        parts = [", ".join(named.get(rule, [])), ELSEWHERE.get(rule, "")]
        lines.append(f"| {rule} | {about} | {'; '.join(part for part in parts if part)} |")
    return "\n".join(lines)


def _documented(text: str) -> tuple[str, str]:
    first = text.partition("\n")[0]
    found = re.match(r"((?:PT-\d+(?:, )?)+): (.*)", first)
    rules, demand = (found[1], found[2]) if found else ("", first)
    return rules, demand[:1].lower() + demand[1:].rstrip(".")


def codes_table() -> str:
    """Every denial code and what it means."""
    lines = ["| code | the order was denied because |", "| --- | --- |"]
    lines += [f"| `{code.value}` | {MEANING[code]} |" for code in DenialCode]
    return "\n".join(lines)


def limits_table() -> str:
    """Every limit that a section can set."""
    described = documented(Limits).of("Attributes")
    lines = ["| key | meaning |", "| --- | --- |"]
    lines += [
        f"| `{field.name}` | {described[field.name].rstrip('.')} |"
        for field in attrs.fields(Limits)
    ]
    return "\n".join(lines)
