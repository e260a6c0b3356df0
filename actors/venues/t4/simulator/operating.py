"""What the venue's own people do to accounts, on demand: a trade is busted, the day ends, an account is blocked."""

from actors.venues.t4.simulator import orderevents
from actors.venues.t4.simulator.faults import Fault, FaultKind
from actors.venues.t4.simulator.ledger import Ledger
from actors.venues.t4.simulator.ordercodes import AccountStatus, Status, TimeType
from actors.venues.t4.simulator.orderstore import OrderStore
from actors.venues.t4.simulator.trader import EXPIRED, Trader
from engine.simulator.moment import Moment


class Operating:
    """Deeds upon all accounts that a fault's `match` names, by id or number, or upon a market's orders.

    Args:
        trader: leads the orders.
    """

    def __init__(self, trader: Trader) -> None:
        self._trader = trader
        self._books = trader.books

    def carry_out(self, fault: Fault, now: Moment) -> int:
        """Do it; how many accounts or orders were hit."""
        match fault.kind:
            case FaultKind.BUST:
                return self._bust(fault.match, now)
            case FaultKind.ROLLOVER:
                ledgers = self._named(fault.match)
                for ledger in ledgers:
                    self._roll(ledger, now)
            case _:
                blocked = fault.kind is FaultKind.BLOCK_ACCOUNT
                ledgers = self._named(fault.match)
                for ledger in ledgers:
                    ledger.status = AccountStatus.BLOCKED if blocked else AccountStatus.OK
                    self._books.feed.money_moved(ledger.account_id)
        return len(ledgers)

    def _named(self, match: str) -> list[Ledger]:
        return [
            each
            for each in self._books.ledgers.values()
            if match in ("*", each.account_id, each.number)
        ]

    def _bust(self, match: str, now: Moment) -> int:
        """The newest fill of an account, of a market, or of all."""
        named = self._named(match)
        market_id = "" if named else match
        stores = [self._books.stores[each.account_id] for each in named]
        found = [
            pair
            for store in stores or list[OrderStore](self._books.stores.values())
            if (pair := store.newest_trade(market_id)) is not None
        ]
        if not found:
            return 0
        order, trade = max(found, key=lambda pair: pair[1].wall_ns)
        self._books.bust(order, trade, now)
        return 1

    def _roll(self, ledger: Ledger, now: Moment) -> None:
        """The trading day is over: day orders end, the others and the positions go on."""
        store = self._books.stores[ledger.account_id]
        store.forget_finished()
        for order in list(store.open.values()):
            if not order.open:
                continue
            if order.time_type is TimeType.GOOD_TILL_CANCELLED and order.status is not Status.NONE:
                self._books.take(order, orderevents.ROLLED, now)
            else:
                self._trader.finish(order, EXPIRED, now)
        for position in ledger.positions.values():
            position.roll()
            self._books.feed.position_moved(ledger.account_id, position.listing.market_id)
        self._books.feed.money_moved(ledger.account_id)
