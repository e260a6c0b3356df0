"""Limits: how they are written down, and which one holds for an order.

Sections are `defaults`, one per venue, account, instrument and strategy. What is traded forms one chain: a
limit of the instrument stands before that of the account, that before that of its venue, that before
the default, so a desk can make an exception for one instrument. A strategy's section forms its own: it can only tighten what holds
for one order, and its limits on sums (position, open value, open orders, messages) are counted over
the strategy's own orders, while those of the chain are counted over the whole account.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import attrs

from engine.errors import Problem
from engine.model.enums import Mode
from engine.model.instrument import venue_of
from engine.risk.hours import TradingHours, minutes_of

T = TypeVar("T")
N = TypeVar("N", Decimal, float, int)

MESSAGES_COUNT_MAX = 10_000
"""Largest `max_messages.count`: the meter keeps that many times."""


def _positive(_instance: object, attribute: Any, value: Any) -> None:
    if value is not None and not value > 0:
        raise ValueError(f"{attribute.name} must be above zero, not {value}")


def _positive_money(_instance: object, attribute: Any, value: Any) -> None:
    for currency, amount in (value or {}).items():
        if not amount > 0:
            raise ValueError(f"{attribute.name}.{currency} must be above zero, not {amount}")


def _countable(_instance: object, attribute: Any, value: Any) -> None:
    if not 0 < value <= MESSAGES_COUNT_MAX:
        raise ValueError(f"{attribute.name} must be 1 to {MESSAGES_COUNT_MAX}, not {value}")


def _time_of_day(_instance: object, attribute: Any, value: str) -> None:
    if minutes_of(value) >= minutes_of("24:00"):
        raise ValueError(f"{attribute.name} must be before 24:00")


@attrs.frozen(kw_only=True)
class Rate:
    """So many messages in any window of this length."""

    count: int = attrs.field(validator=_countable)
    window_s: float = attrs.field(default=1.0, validator=_positive)


@attrs.frozen(kw_only=True)
class Drift:
    """So large a part of the price may an order be worse than the reference was in the window."""

    part: Decimal = attrs.field(validator=_positive)
    window_s: float = attrs.field(default=60.0, validator=_positive)


@attrs.frozen(kw_only=True)
class Ratio:
    """So many messages for each fill, looked at from `count_min` messages of a day on."""

    ratio: Decimal = attrs.field(validator=_positive)
    count_min: int = attrs.field(default=100, validator=_positive)


class SelfMatch(StrEnum):
    """What becomes of an order that would trade with one of our own."""

    DENY = "deny"
    CANCEL_OLDEST = "cancel_oldest"


@attrs.frozen(kw_only=True)
class Limits:
    """One section of limits; what is None is not said here.

    Attributes:
        max_order_quantity: largest quantity of one order, in the instrument's unit.
        max_order_notional: largest value of one order, per currency.
        price_collar: part of the reference price a limit may be worse than it; 0.05 is 5 %.
        reference_age_s_max: older reference prices are none.
        data_age_s_max: orders made from older market data are denied.
        intent_age_s_max: wishes that arrive later are denied.
        price_drift: part of the lowest (sells: highest) reference of the strategy's orders in
            the window that a limit may be worse than it.
        order_life_s_max: orders that are open longer are cancelled.
        trading_hours: orders outside of these sessions are denied.
        self_match: `deny` an order that would meet an own one, or `cancel_oldest`.
        market_orders: whether orders without a limit price are allowed.
        duplicate_window_s: an equal order under another name within this time is denied.
        max_position: largest position long or short, everything open and unknown included.
        max_open_notional: value of all open and unknown orders, per currency.
        max_open_orders: number of open orders.
        max_open_orders_per_instrument: the same for each instrument alone.
        max_messages: new orders, changes and cancels together; cancels count but always pass.
        check_balance: whether what an order adds must be covered by the account's free balance.
        margin_rate: part of its value that an order or a position ties up of the balance; 1 is all.
        max_credit: value of the position at cost and of all open orders together, per currency.
        max_loss: loss of the day, realised, marked and fees, per currency; beyond, trading halts.
        max_executions: fills of one strategy in one instrument; at the limit the strategy halts.
        max_order_to_fill: messages for each fill; above, the strategy halts.
    """

    max_order_quantity: Decimal | None = attrs.field(default=None, validator=_positive)
    max_order_notional: Mapping[str, Decimal] | None = attrs.field(
        default=None, validator=_positive_money
    )
    price_collar: Decimal | None = attrs.field(default=None, validator=_positive)
    reference_age_s_max: float | None = attrs.field(default=None, validator=_positive)
    data_age_s_max: float | None = attrs.field(default=None, validator=_positive)
    intent_age_s_max: float | None = attrs.field(default=None, validator=_positive)
    price_drift: Drift | None = None
    order_life_s_max: float | None = attrs.field(default=None, validator=_positive)
    trading_hours: TradingHours | None = None
    self_match: SelfMatch | None = None
    market_orders: bool | None = None
    duplicate_window_s: float | None = attrs.field(default=None, validator=_positive)
    max_position: Decimal | None = attrs.field(default=None, validator=_positive)
    max_open_notional: Mapping[str, Decimal] | None = attrs.field(
        default=None, validator=_positive_money
    )
    max_open_orders: int | None = attrs.field(default=None, validator=_positive)
    max_open_orders_per_instrument: int | None = attrs.field(default=None, validator=_positive)
    max_messages: Rate | None = None
    check_balance: bool | None = None
    margin_rate: Decimal | None = attrs.field(default=None, validator=_positive)
    max_credit: Mapping[str, Decimal] | None = attrs.field(default=None, validator=_positive_money)
    max_loss: Mapping[str, Decimal] | None = attrs.field(default=None, validator=_positive_money)
    max_executions: Rate | None = None
    max_order_to_fill: Ratio | None = None


NO_LIMITS = Limits()

WHOLE = Decimal(1)
"""The margin rate where nobody says one: what is bought must be paid for."""

BUILT_IN = Limits(reference_age_s_max=5.0, intent_age_s_max=2.0)
"""What holds where nobody says anything: times, because without a bound they would mean nothing."""


@attrs.frozen(kw_only=True)
class RiskSettings:
    """`[risk]`: all sections; venues by folder name, accounts as `venue.mode`, instruments by id.

    `day_begins` is when the day of a loss limit begins, `HH:MM` in UTC.
    """

    defaults: Limits = NO_LIMITS
    venues: Mapping[str, Limits] = attrs.field(factory=dict)
    accounts: Mapping[str, Limits] = attrs.field(factory=dict)
    instruments: Mapping[str, Limits] = attrs.field(factory=dict)
    strategies: Mapping[str, Limits] = attrs.field(factory=dict)
    day_begins: str = attrs.field(default="00:00", validator=_time_of_day)


@attrs.frozen(kw_only=True)
class Aggregates:
    """Limits on sums over many orders of one owner."""

    max_position: Decimal | None
    max_open_notional: Mapping[str, Decimal] | None
    max_open_orders: int | None
    max_open_orders_per_instrument: int | None
    max_messages: Rate | None
    max_credit: Mapping[str, Decimal] | None
    max_loss: Mapping[str, Decimal] | None


@attrs.frozen(kw_only=True)
class Effective:
    """What holds for orders of one strategy in one instrument.

    `account` is compared with sums over the account, `strategy` with those over the strategy. Of
    limits that are tuples all must hold: what the chain says, and what the strategy's section says.
    `selected` is where the checks keep which of them these limits need; `guarded` is whether any
    of the limits is set that need facts of their own.
    """

    max_order_quantity: Decimal | None
    max_order_notional: Mapping[str, Decimal] | None
    price_collar: Decimal | None
    reference_age_s_max: float
    data_age_s_max: float | None
    intent_age_s_max: float
    market_orders: bool
    duplicate_window_s: float | None
    price_drift: tuple[Drift, ...]
    order_life_s_max: float | None
    trading_hours: tuple[TradingHours, ...]
    self_match: SelfMatch | None
    check_balance: bool
    margin_rate: Decimal
    max_executions: tuple[Rate, ...]
    max_order_to_fill: tuple[Ratio, ...]
    account: Aggregates
    strategy: Aggregates
    selected: list[Any] = attrs.field(factory=list, init=False, eq=False, repr=False)
    guarded: bool = attrs.field(init=False, eq=False, repr=False)

    @guarded.default
    def _guarded(self) -> bool:
        on_sums = (self.account, self.strategy)
        return bool(
            self.trading_hours
            or self.price_drift
            or self.self_match
            or self.check_balance
            or any(sums.max_credit is not None or sums.max_loss is not None for sums in on_sums)
        )


def effective(
    settings: RiskSettings, strategy: str, instrument: str, account: str = ""
) -> Effective:
    """The limits that hold for this strategy in this instrument, on this account (`venue.mode`)."""
    own = settings.strategies.get(strategy, NO_LIMITS)
    chain = (
        settings.instruments.get(instrument, NO_LIMITS),
        settings.accounts.get(account, NO_LIMITS),
        settings.venues.get(venue_of(instrument), NO_LIMITS),
        settings.defaults,
        BUILT_IN,
    )

    def tightest(read: Callable[[Limits], N | None]) -> N | None:
        values = [value for value in (_first(chain, read), read(own)) if value is not None]
        return min(values) if values else None

    def both(read: Callable[[Limits], T | None]) -> tuple[T, ...]:
        values = (_first(chain, read), read(own))
        return tuple(value for value in values if value is not None)

    matching = both(lambda limits: limits.self_match)
    return Effective(
        max_order_quantity=tightest(lambda limits: limits.max_order_quantity),
        max_order_notional=_tightest_money(
            _money(chain, lambda limits: limits.max_order_notional), own.max_order_notional
        ),
        price_collar=tightest(lambda limits: limits.price_collar),
        reference_age_s_max=tightest(lambda limits: limits.reference_age_s_max) or 0.0,
        data_age_s_max=tightest(lambda limits: limits.data_age_s_max),
        intent_age_s_max=tightest(lambda limits: limits.intent_age_s_max) or 0.0,
        market_orders=_first(chain, lambda limits: limits.market_orders) is not False
        and own.market_orders is not False,
        duplicate_window_s=_longest(
            _first(chain, lambda limits: limits.duplicate_window_s), own.duplicate_window_s
        ),
        price_drift=both(lambda limits: limits.price_drift),
        order_life_s_max=tightest(lambda limits: limits.order_life_s_max),
        trading_hours=both(lambda limits: limits.trading_hours),
        self_match=SelfMatch.DENY if SelfMatch.DENY in matching else (matching or (None,))[0],
        check_balance=any(both(lambda limits: limits.check_balance)),
        margin_rate=max(both(lambda limits: limits.margin_rate), default=WHOLE),
        max_executions=both(lambda limits: limits.max_executions),
        max_order_to_fill=both(lambda limits: limits.max_order_to_fill),
        account=_aggregates(chain),
        strategy=_aggregates((own,)),
    )


def _aggregates(chain: tuple[Limits, ...]) -> Aggregates:
    return Aggregates(
        max_position=_first(chain, lambda limits: limits.max_position),
        max_open_notional=_money(chain, lambda limits: limits.max_open_notional),
        max_open_orders=_first(chain, lambda limits: limits.max_open_orders),
        max_open_orders_per_instrument=_first(
            chain, lambda limits: limits.max_open_orders_per_instrument
        ),
        max_messages=_first(chain, lambda limits: limits.max_messages),
        max_credit=_money(chain, lambda limits: limits.max_credit),
        max_loss=_money(chain, lambda limits: limits.max_loss),
    )


def _first(chain: Iterable[Limits], read: Callable[[Limits], T | None]) -> T | None:
    return next((value for limits in chain if (value := read(limits)) is not None), None)


def _money(
    chain: Iterable[Limits], read: Callable[[Limits], Mapping[str, Decimal] | None]
) -> Mapping[str, Decimal] | None:
    """Per currency the first section that names it; None when no section has the limit at all."""
    said = [amounts for limits in chain if (amounts := read(limits)) is not None]
    if not said:
        return None
    merged: dict[str, Decimal] = {}
    for amounts in reversed(said):
        merged.update(amounts)
    return merged


def _tightest_money(
    chain: Mapping[str, Decimal] | None, own: Mapping[str, Decimal] | None
) -> Mapping[str, Decimal] | None:
    if chain is None or own is None:
        return chain if own is None else own
    # A currency that only one of the two names is missing in the other: denied there, so here too.
    return {currency: min(chain[currency], own[currency]) for currency in chain if currency in own}


def _longest(chain: float | None, own: float | None) -> float | None:
    values = [value for value in (chain, own) if value is not None]
    return max(values) if values else None


LIVE_MANDATORY = (
    "max_order_quantity",
    "max_order_notional",
    "price_collar",
    "data_age_s_max",
    "max_executions",
)
"""Limits without which live trading does not start, for each instrument of each strategy."""

LIVE_MANDATORY_SUMS = (
    "max_position",
    "max_open_notional",
    "max_open_orders",
    "max_messages",
    "max_loss",
)
"""The same for sums over the account."""


def missing_for_live(settings: RiskSettings, traded: Iterable[tuple[str, str]]) -> list[Problem]:
    """Every mandatory limit that is not set, for (strategy, instrument) pairs that trade live."""
    problems = []
    for strategy, instrument in traded:
        account = f"{venue_of(instrument)}.{Mode.LIVE}"
        limits = effective(settings, strategy, instrument, account)
        missing = [name for name in LIVE_MANDATORY if getattr(limits, name) in (None, ())]
        missing += [n for n in LIVE_MANDATORY_SUMS if getattr(limits.account, n) is None]
        problems += [
            Problem(
                f"risk.instruments.{instrument}.{name}",
                f"live trading of {instrument} by {strategy} needs the limit {name}",
                f"set it there, in risk.accounts.{account}, risk.venues.{venue_of(instrument)} "
                "or in risk.defaults",
            )
            for name in missing
        ]
    return problems
