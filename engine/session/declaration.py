"""What a venue package declares of itself, read by whoever starts, checks or drills a venue.

A venue's folder exports one `Venue`: its settings, the makers of its protocols
(`engine.session.contract`), its rate limits, and what it can do.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import attrs

from engine.model.enums import Contingency, OrdType, PositionEffect, TimeInForce
from engine.session.contract import SessionProtocol
from engine.session.feeds import Feed, check_feeds, only_feed
from engine.session.fillkeys import FillKeyRule


@attrs.frozen(kw_only=True)
class ClientOrderIdRule:
    """What the venue accepts as client order id."""

    length_max: int
    alphabet: str


@attrs.frozen(kw_only=True)
class Budget:
    """One rate limit of the venue: `count` requests per `window_s`; a share is kept for cancels.

    Several of one name hold together. A least time between two requests is a count of 1 per that
    time. `within` names another budget against which each request of this one counts as well, for
    limits that several budgets have in common; that one must not be within yet another.
    """

    name: str
    count: int
    window_s: float
    within: str = ""


@attrs.frozen(kw_only=True)
class Capabilities:
    """What the venue can do; missing abilities are denied before any venue call (PT-25).

    `fill_key` says what makes a fill unique on an account and makes the keys. `revises_fills`: the
    venue may take back or change fills, and the package tells it (`FillBust`, `FillCorrection`).
    `position_effects`: what an order may say of the holdings it is for. `contingencies`: lists of
    orders that the venue itself keeps dependent (the trade protocol is then a `TakesLists`).
    """

    market_kinds: tuple[str, ...]
    ord_types: tuple[OrdType, ...]
    times_in_force: tuple[TimeInForce, ...]
    post_only: bool
    reduce_only: bool
    replace: bool
    query_order: bool
    complete_history: bool
    cancel_all: bool
    dead_man_timer_s_min: int | None
    refuses_repeated_client_order_id: bool
    client_order_id: ClientOrderIdRule
    fill_key: FillKeyRule
    answer_within_s: float
    revises_fills: bool = False
    position_effects: tuple[PositionEffect, ...] = (PositionEffect.AUTO,)
    contingencies: tuple[Contingency, ...] = ()
    notes: str = ""


class SessionMaker(Protocol):
    """Builds a protocol from the venue's settings (structured) and secrets."""

    def __call__(self, settings: object, secrets: Mapping[str, str]) -> SessionProtocol:
        """A fresh protocol object for one boot of a session."""
        ...


@attrs.frozen(kw_only=True)
class Venue:
    """A venue package's declaration: `actors/venues/<name>/__init__.py` exports it as `VENUE`.

    Attributes:
        settings: attrs class of the venue's own settings (`[venues.<name>]`), structured by cattrs;
            it must have a method `for_simulator(endpoints: Mapping[str, str]) -> settings`.
        credentials: names of the secrets it needs.
        data: makes the data protocol; None when `feeds` stand for several, each in its own process.
        trade: makes the trade protocol, None for a venue without orders.
        joined: the venue has one connection for data and orders. What `trade` makes is then a data
            protocol as well, and one process, `<venue>.trade`, does both; `data` is for paper mode,
            and makes what can carry no order. Only for a venue with `data` and `trade`.
        data_secrets: names of the secrets that the data sessions need (often none).
        budgets: rate limits by name, for `HttpCall.budget`; each session has them for itself.
        budgets_by_settings: the same where they depend on the venue's settings, on the plan that was
            bought for example; `budgets` are then those of the default settings.
        http_base_url: reads the base URL of the venue's HTTP API from its settings (or see `Feed`).
        simulator: dotted module that exports `SimulatorSettings` and `serve`.
        simulator_credentials: the simulator's documented default credentials.
        panic: makes a `PanicProtocol`, None where the trade protocol is to do it.
    """

    name: str
    title: str
    settings: type
    credentials: tuple[str, ...]
    data_secrets: tuple[str, ...]
    data: SessionMaker | None = None
    feeds: tuple[Feed, ...] = ()
    trade: SessionMaker | None
    capabilities: Capabilities
    budgets: tuple[Budget, ...]
    http_base_url: Callable[[object], str]
    simulator: str
    simulator_credentials: Mapping[str, str]
    panic: SessionMaker | None = None
    budgets_by_settings: Callable[[object], tuple[Budget, ...]] | None = None
    joined: bool = False

    def __attrs_post_init__(self) -> None:
        check_feeds(self.name, self.feeds, alone=self.data is not None)
        if self.joined and (self.data is None or self.trade is None):
            raise ValueError(f"{self.name}: only one data and one trade session can be joined")

    def budgets_of(self, settings: object) -> tuple[Budget, ...]:
        """The rate limits of a session with these settings."""
        return (
            self.budgets if self.budgets_by_settings is None else self.budgets_by_settings(settings)
        )

    @property
    def data_feeds(self) -> tuple[Feed, ...]:
        """All its market data sessions; the only one of a venue without `feeds` has an empty name."""
        return self.feeds if self.data is None else (only_feed(self.data),)

    def feed_of(self, symbol: str) -> Feed | None:
        """The feed that delivers a symbol, None when none does."""
        return next((feed for feed in self.data_feeds if feed.serves(symbol)), None)
