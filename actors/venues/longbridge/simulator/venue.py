"""The venue itself: market, logins, subscribers and faults put together; pure, time handed in.

The HTTP side and both gateways stand on this object: `otps` and `sessions` for logins, `market` for
prices and matching, `hub.push_order` for what an account is told about its orders.
"""

from typing import Final

import attrs

from actors.venues.longbridge.simulator.access import Access
from actors.venues.longbridge.simulator.accounts import opened
from actors.venues.longbridge.simulator.desk import Desk
from actors.venues.longbridge.simulator.display import Display
from actors.venues.longbridge.simulator.faults import Faults
from actors.venues.longbridge.simulator.hours import TradeSession
from actors.venues.longbridge.simulator.hub import Hub
from actors.venues.longbridge.simulator.limits import CallLimits
from actors.venues.longbridge.simulator.listings import listed
from actors.venues.longbridge.simulator.market import Market
from actors.venues.longbridge.simulator.orders import Order
from actors.venues.longbridge.simulator.otps import OtpRegistry, Sessions
from actors.venues.longbridge.simulator.settings import SimulatorSettings
from engine.simulator.moment import Moment
from engine.simulator.witnesslog import WitnessLog

_FAR: Final = 1 << 62
_OUTSIDE: Final = ("ANY_TIME", "OVERNIGHT")


class Venue:
    """One simulated venue.

    Args:
        settings: see there.
        now: time of birth.
    """

    def __init__(self, settings: SimulatorSettings, now: Moment) -> None:
        self.settings = settings
        self.listings = listed(settings.symbols)
        self.market = Market(settings, self.listings, now)
        self.faults = Faults()
        self.log = WitnessLog()
        self.hub = Hub(self.faults, settings.gzip_from)
        self.display = Display(
            self.market,
            self.hub,
            levels=settings.depth_levels,
            depth_interval_ms=settings.depth_interval_ms,
            first_sequence=now.wall_ms * 1000,
        )
        birth = str(now.wall_ns)
        self.otps = OtpRegistry(settings.otp_s, birth)
        self.sessions = Sessions(settings.session_s, settings.connection_limit, birth)
        self.limits = CallLimits(
            settings.calls_per_s, settings.concurrent_calls, enabled=settings.rate_limits
        )
        accounts = tuple(
            attrs.evolve(each, paper=each.paper or settings.paper) for each in settings.credentials
        )
        self.access = Access(accounts, oauth=settings.oauth, old_token=settings.old_token)
        self.desk = Desk(
            settings,
            self.market.exchange,
            opened(
                settings,
                [(each.account, each.paper) for each in accounts],
                [each.symbol for each in self.listings],
            ),
            publish=self.market.publish,
            push=self.hub.push_order,
            tradeable=self._tradeable,
            faults=self.faults,
            log=self.log,
            witness_file=settings.witness_file,
            now=now,
        )
        self.market.order_listeners.append(self.desk.on_event)
        self.market.watchers.append(self.desk.on_price)
        if not settings.hold and not self.market.feeds.recorded:
            self.market.feeds.start(now)

    def _tradeable(self, order: Order, now: Moment) -> bool:
        """Whether the order's market is in a session that the order takes part in."""
        session = self.market.session(order.terms.symbol, now)
        return session is TradeSession.NORMAL or (
            session is not None and order.terms.outside_rth in _OUTSIDE
        )

    def forget_logins(self) -> None:
        """As after a restart: no one-time password and no session is known any more."""
        self.otps.forget()
        self.sessions.forget()

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        market_ns = self.market.next_deadline_ns()
        return min(
            _FAR if market_ns is None else market_ns,
            self.display.next_deadline_ns(),
            self.hub.next_deadline_ns(),
            self.desk.next_deadline_ns(),
        )

    def advance(self, now: Moment) -> None:
        """Let happen what is due, at most a batch of market events."""
        self.market.advance(now)
        self.desk.advance(now)
        self.display.advance(now)
        self.hub.advance(now)
