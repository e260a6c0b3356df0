"""What a user may set for WebCTP: where gateway and fronts are, patience, products, how positions close.

The gateway speaks plain WebSocket and nothing else, and it is handed the account's password; so off
this host it is used only if the user says so.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.webctp.orderspolicy import OrderPolicy
from actors.venues.webctp.products import ProductOverride, Products
from engine.session.address import is_loopback
from engine.settings.checks import between

SIMULATED_FRONT: Final = "127.0.0.1:41213"
"""What a simulator is told when no front is configured; it takes any."""
DAY_FORMAT: Final = "%Y%m%d"

_FRONT: Final = re.compile(r"[A-Za-z0-9.-]{1,253}:[0-9]{1,5}", re.ASCII).fullmatch
_HOST: Final = re.compile(r"[A-Za-z0-9.:-]{1,253}", re.ASCII).fullmatch


def _front(_instance: Any, attribute: "attrs.Attribute[Any]", value: str) -> None:
    """`host:port`, or empty."""
    if not value:
        return
    port = value.rpartition(":")[2]
    if not _FRONT(value) or not 1 <= int(port) <= 65_535:
        raise ValueError(
            f"{attribute.name} must be host:port without a scheme, such as "
            f"180.168.146.187:10201, not {value!r}"
        )


def _days(_instance: Any, attribute: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
    for day in value:
        try:
            right = len(day) == 8 and bool(datetime.strptime(day, DAY_FORMAT))  # noqa: DTZ007 - a date
        except ValueError:
            right = False
        if not right:
            raise ValueError(f"{attribute.name} holds days such as 20260101, not {day!r}")


@attrs.frozen(kw_only=True)
class Settings:
    """`[venues.webctp]`.

    Attributes:
        host: of the gateway, which one runs oneself; on this host unless `plain_accepted`.
        port: of the gateway.
        plain_accepted: the gateway may be on another host although nothing on the way is encrypted,
            the account's password included.
        md_front: the broker's market data front, `host:port`.
        td_front: the broker's trade front, `host:port`.
        investor_id: of the account; empty when it is the user id.
        confirm_settlement: confirm the settlement of the last trading day by ourselves, once per trading
            day. Without it orders are refused until somebody confirmed it elsewhere.
        document_codes_accepted: take orders although the gateway is so old that it cannot cancel.
        ping_interval_s: silence after which the gateway is pinged.
        silence_limit_s: silence after which the connection counts as dead.
        greeting_timeout_s: longest wait for the gateway's greeting.
        turn_timeout_s: longest wait for the acknowledgement of a request.
        front_timeout_s: longest wait for the front after `connect`; the gateway never says that it cannot
            be reached.
        login_timeout_s: longest wait for the answers to authentication, login and confirmation.
        login_pause_s: from the login to the first query, which the counter refuses if it comes sooner.
        front_return_s: how long the front may stay away before the connection is made anew.
        query_interval_s: from the end of a query to the next one.
        query_retry_s: pause before a query is repeated that the counter was not ready for.
        query_timeout_s: longest wait for the last row of an answer.
        reconcile_timeout_s: longest time for a whole reconciliation.
        md_login_retry_s: pause before the market data login is tried again that was refused because the
            user is not logged in to the trade front yet.
        subscribes_per_s: how many instruments are subscribed in a second.
        quiet_s: seconds without data, while its product trades, after which a subscription is renewed;
            0 never. The front sends changes only, so thin contracts are silent for long.
        bar_interval_s: length of bars of `Bar` topics, which are made of snapshots.
        any_hour: products trade round the clock whatever their table says: a simulator's do.
        symbols: instruments to define beside those that are wanted.
        products: overrides of the product table, by product (`rb`, `IF`, `SR`).
        holidays: weekdays on which the exchanges are closed (`20261001`), for the sessions' table. Without
            them a holiday looks like a day on which nothing happens.
        fee_rate: part of the notional, for paper trading and display: the gateway tells no rates.
        orders: how orders are placed and closed, and where the positions of earlier days stand.
    """

    host: str = "127.0.0.1"
    port: int = attrs.field(default=8888, validator=between(1, 65_535))
    plain_accepted: bool = False
    md_front: str = attrs.field(default="", validator=_front)
    td_front: str = attrs.field(default="", validator=_front)
    investor_id: str = ""
    confirm_settlement: bool = True
    document_codes_accepted: bool = False
    ping_interval_s: float = attrs.field(default=15.0, validator=between(0.05, 60))
    silence_limit_s: float = attrs.field(default=45.0, validator=between(0.1, 100))
    greeting_timeout_s: float = attrs.field(default=5.0, validator=between(0.1, 60))
    turn_timeout_s: float = attrs.field(default=5.0, validator=between(0.1, 60))
    front_timeout_s: float = attrs.field(default=10.0, validator=between(0.1, 120))
    login_timeout_s: float = attrs.field(default=10.0, validator=between(0.1, 120))
    login_pause_s: float = attrs.field(default=1.1, validator=between(0, 60))
    front_return_s: float = attrs.field(default=300.0, validator=between(1, 86_400))
    query_interval_s: float = attrs.field(default=1.1, validator=between(0, 60))
    query_retry_s: float = attrs.field(default=1.5, validator=between(0.01, 60))
    query_timeout_s: float = attrs.field(default=15.0, validator=between(0.1, 300))
    reconcile_timeout_s: float = attrs.field(default=90.0, validator=between(1, 600))
    md_login_retry_s: float = attrs.field(default=10.0, validator=between(0.1, 600))
    subscribes_per_s: int = attrs.field(default=200, validator=between(1, 1_000))
    quiet_s: float = attrs.field(default=300.0, validator=between(0, 86_400))
    bar_interval_s: int = attrs.field(default=60, validator=between(1, 3_600))
    any_hour: bool = False
    symbols: tuple[str, ...] = ()
    products: Mapping[str, ProductOverride] = attrs.field(factory=dict)
    holidays: tuple[str, ...] = attrs.field(default=(), validator=_days)
    fee_rate: Decimal = attrs.field(
        default=Decimal("0.00005"), validator=between(Decimal(0), Decimal("0.01"))
    )
    orders: OrderPolicy = attrs.field(factory=OrderPolicy)

    def __attrs_post_init__(self) -> None:
        if not _HOST(self.host):
            raise ValueError(
                f"host must be a name or an address without a scheme, not {self.host!r}"
            )
        if not self.plain_accepted and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} is not this machine, and the gateway encrypts nothing, the account's "
                "password included: run the gateway here, lead a tunnel here, or set plain_accepted = true"
            )
        Products(self.products)
        if len(self.investor_id.encode()) > 12:
            raise ValueError("investor_id has at most 12 bytes")
        if self.silence_limit_s <= self.ping_interval_s:
            raise ValueError("silence_limit_s must be longer than ping_interval_s")

    def for_simulator(self, endpoints: Mapping[str, str]) -> "Settings":
        """The same settings towards a simulator: `host` and `port`, as texts; its hours are all hours."""
        return attrs.evolve(
            self,
            host=endpoints["host"],
            port=int(endpoints["port"]),
            md_front=self.md_front or SIMULATED_FRONT,
            td_front=self.td_front or SIMULATED_FRONT,
            any_hour=True,
            orders=self.orders.for_simulator(),
        )

    def url(self, endpoint: str) -> str:
        """Where a session connects to: `market_data` or `trade`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ws://{host}:{self.port}/{endpoint}"
