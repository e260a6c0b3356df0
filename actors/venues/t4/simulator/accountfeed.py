"""What sessions are told of the accounts they are subscribed to: snapshots, money, positions, profits.

Changes are gathered while a request or a market event is worked on and told once behind its order
events; profits are looked at in an interval of their own and tell what has changed since.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from actors.venues.t4.simulator import accountmessages, messages
from actors.venues.t4.simulator.ledger import Ledger
from actors.venues.t4.simulator.market import Market
from actors.venues.t4.simulator.ordercodes import UplMode
from actors.venues.t4.simulator.orderevents import Writer, stamp
from actors.venues.t4.simulator.orderstore import OrderStore
from actors.venues.t4.simulator.prices import Payload
from actors.venues.t4.simulator.sessions import Session, Sessions
from actors.venues.t4.simulator.watching import Seen
from engine.simulator.moment import MS, Moment

Send = Callable[[Iterable[Session], str, str, Any, Moment], None]
"""Sessions, subject of faults, name in the server's envelope, message, the present."""
Details = Callable[[Session, str], Any | None]
"""MarketDetails of a market for a session, None when it was told them already."""
ACCOUNT: Final = "account"


def seen_of(market: Market, market_id: str) -> Seen:
    """A market as it is now."""
    bid, bid_volume, ask, ask_volume = market.exchange.top(market_id)
    return Seen(
        last=market.states[market_id].last_ticks,
        bid=bid,
        bid_volume=bid_volume,
        ask=ask,
        ask_volume=ask_volume,
    )


class AccountFeed:
    """Tells of accounts.

    Args:
        ledgers: all accounts by id.
        stores: their orders by account id.
        market: its prices.
        sessions: who is logged in, and to which accounts subscribed.
        send: the way out.
        details: of the markets that are named in a snapshot.
        interval_ms: between two looks at the profits.
    """

    def __init__(
        self,
        ledgers: dict[str, Ledger],
        stores: dict[str, OrderStore],
        market: Market,
        sessions: Sessions,
        *,
        send: Send,
        details: Details,
        interval_ms: float,
        now: Moment,
    ) -> None:
        self._ledgers = ledgers
        self._stores = stores
        self._market = market
        self._sessions = sessions
        self._send = send
        self._details = details
        self._interval_ns = int(interval_ms * MS)
        self._due_ns = now.mono_ns + self._interval_ns
        self._positions: dict[tuple[str, str], None] = {}
        self._money: dict[str, None] = {}
        self._told: dict[Session, dict[tuple[str, str], dict[str, object]]] = {}

    # --- snapshots ------------------------------------------------------------------------

    def snapshot(self, session: Session, account_id: str, now: Moment) -> None:
        """Everything of an account: details, update, currency, market details, positions, orders."""
        ledger = self._ledgers[account_id]
        store = self._stores[account_id]
        parts: list[Payload] = [
            {"account_details": accountmessages.details(ledger, session.user.firm_id)},
            {"account_update": accountmessages.update(ledger)},
            {"account_currency": accountmessages.currency()},
        ]
        for market_id in {**dict.fromkeys(ledger.positions), **dict.fromkeys(store.markets())}:
            found = self._details(session, market_id)
            if found is not None:
                parts.append({"market_details": found})
        parts += [
            {"account_position": self._position(ledger, market_id, session.price_format, now)}
            for market_id in ledger.positions
        ]
        parts += [{"order_update_multi": each} for each in self._orders(store, session)]
        body = {
            "account_id": account_id,
            "status": int(ledger.status),
            "messages": [messages.AccountSnapshotMessage(**part) for part in parts],
        }
        self._say((session,), account_id, "account_snapshot", body, now)
        self._told.setdefault(session, {})
        if session.accounts.get(account_id) == UplMode.AVERAGE:
            self._tell_profits(session, account_id, now)

    def _orders(self, store: OrderStore, session: Session) -> Iterable[Payload]:
        """One message for each market with the orders of today."""
        writer = Writer(session.price_format)
        for market_id in store.markets():
            updates = [{"order_update": writer.image(each)} for each in store.of(market_id)]
            yield {
                "market_id": market_id,
                "account_id": store.account_id,
                "historical": True,
                "updates": updates,
            }

    def _position(self, ledger: Ledger, market_id: str, price_format: int, now: Moment) -> Payload:
        held = ledger.positions[market_id]
        return accountmessages.position(ledger, held, price_format, now.wall_ns)

    # --- changes --------------------------------------------------------------------------

    def position_moved(self, account_id: str, market_id: str) -> None:
        """Volumes in a market are other ones."""
        self._positions[(account_id, market_id)] = None

    def money_moved(self, account_id: str) -> None:
        """Balance, margin or status is another one."""
        self._money[account_id] = None

    def flush(self, now: Moment) -> None:
        """Tell what was gathered."""
        positions, self._positions = self._positions, {}
        changed, self._money = self._money, {}
        for account_id, market_id in positions:
            ledger = self._ledgers[account_id]
            for session in self._sessions.subscribed_to(account_id):
                body = self._position(ledger, market_id, session.price_format, now)
                self._say((session,), account_id, "account_position", body, now)
        for account_id in changed:
            body = accountmessages.update(self._ledgers[account_id])
            to = self._sessions.subscribed_to(account_id)
            self._say(to, account_id, "account_update", body, now)
            for session in to:
                if session.accounts.get(account_id) == UplMode.AVERAGE:
                    self._tell_profits(session, account_id, now)

    # --- profits --------------------------------------------------------------------------

    def next_deadline_ns(self) -> int:
        """When profits are looked at again."""
        return self._due_ns

    def advance(self, now: Moment) -> None:
        """Tell profits that have changed, when it is time."""
        if now.mono_ns < self._due_ns:
            return
        self._due_ns = now.mono_ns + self._interval_ns
        for session in self._sessions:
            for account_id, mode in session.accounts.items():
                if mode == UplMode.AVERAGE:
                    self._tell_profits(session, account_id, now)

    def forget(self, session: Session) -> None:
        """A session is over."""
        self._told.pop(session, None)

    def _tell_profits(self, session: Session, account_id: str, now: Moment) -> None:
        ledger = self._ledgers[account_id]
        profits = []
        for market_id, held in ledger.positions.items():
            figures = accountmessages.position_profit(held, seen_of(self._market, market_id))
            profits.append(figures)
            changed = self._changed(session, account_id, market_id, figures)
            if changed:
                head = {
                    "account_id": account_id,
                    "exchange_id": held.listing.exchange_id,
                    "contract_id": held.listing.contract_id,
                    "market_id": market_id,
                    "update_time": stamp(now.wall_ns),
                    "has_data": True,
                }
                body = head | changed
                self._say((session,), account_id, "account_position_profit", body, now)
        working = self._stores[account_id].open.values()
        total = accountmessages.account_profit(
            ledger, profits, len(working), sum(each.working for each in working)
        )
        changed = self._changed(session, account_id, "", total)
        if changed:
            head = {"account_id": account_id, "update_time": stamp(now.wall_ns)}
            self._say((session,), account_id, "account_profit", head | changed, now)

    def _changed(
        self, session: Session, account_id: str, market_id: str, figures: dict[str, object]
    ) -> dict[str, object]:
        """The figures that this session has not been told."""
        told = self._told.setdefault(session, {})
        before = told.get((account_id, market_id), {})
        told[(account_id, market_id)] = figures
        return {name: value for name, value in figures.items() if before.get(name) != value}

    def start_again(self, session: Session, account_id: str) -> None:
        """A subscription begins anew: its first profits are whole."""
        told = self._told.setdefault(session, {})
        for key in [key for key in told if key[0] == account_id]:
            del told[key]

    def _say(
        self, to: Iterable[Session], account_id: str, name: str, body: Payload, now: Moment
    ) -> None:
        self._send(to, f"{account_id}/{ACCOUNT}", name, body, now)
