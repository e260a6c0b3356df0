"""Accounts and orders together: every step of an order is moved, booked, noted and told here, at once."""

from functools import partial
from itertools import count
from typing import Final
from uuid import UUID, uuid5

from actors.venues.t4.simulator.accountfeed import AccountFeed, Details, Send
from actors.venues.t4.simulator.announcer import Announcer
from actors.venues.t4.simulator.faults import Faults
from actors.venues.t4.simulator.ledger import Ledger
from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.market import Market
from actors.venues.t4.simulator.ordercodes import BuySell, Change, Status
from actors.venues.t4.simulator.orderevents import Step, Writer
from actors.venues.t4.simulator.orders import Leg, Order, Trade
from actors.venues.t4.simulator.orderstore import OrderStore
from actors.venues.t4.simulator.prices import Payload
from actors.venues.t4.simulator.sessions import Session, Sessions
from actors.venues.t4.simulator.spreads import legs_of
from actors.venues.t4.simulator.tradesettings import AccountTerms, TradeSettings
from actors.venues.t4.simulator.users import AccountSpec
from actors.venues.t4.simulator.witness import Testimony
from engine.simulator.moment import Moment
from engine.simulator.witnesslog import WitnessLog

NAMESPACE: Final = UUID("7c0e8a52-6f0e-4f0e-9d0a-5a1f7e0c4d11")


class Bookkeeping:
    """All accounts with their orders.

    Args:
        settings: see there.
        specs: the accounts of all users.
        market: listings and prices.
        sessions: who is logged in, and to which accounts subscribed.
        send: the way out.
        details: of markets, for snapshots.
        faults: armed ones.
        log: what happened to orders, for tests.
        witness_file: see `Testimony`.
        now: time of birth; ids are made from it, so that a restart reuses none.
    """

    def __init__(
        self,
        settings: TradeSettings,
        specs: list[AccountSpec],
        market: Market,
        sessions: Sessions,
        *,
        send: Send,
        details: Details,
        faults: Faults,
        log: WitnessLog,
        witness_file: str,
        now: Moment,
    ) -> None:
        self.market = market
        self.testimony = Testimony(witness_file)
        self.announcer = Announcer(sessions, send, faults, joined=settings.joined_updates)
        self.ledgers: dict[str, Ledger] = {}
        self.stores: dict[str, OrderStore] = {}
        for spec in specs:
            terms = settings.account_terms.get(spec.account_number, AccountTerms())
            self.ledgers[spec.account_id] = self._opened(
                Ledger.opened(spec, terms, settings.fee_per_contract), now
            )
            self.stores[spec.account_id] = OrderStore(spec.account_id, settings.orders_kept)
        self.feed = AccountFeed(
            self.ledgers,
            self.stores,
            market,
            sessions,
            send=send,
            details=details,
            interval_ms=settings.profit_interval_ms,
            now=now,
        )
        self._log = log
        self._birth = now.wall_ns
        self._numbers = count(1)
        self._exchange_ids = count(now.wall_ns // 1_000)

    def _opened(self, ledger: Ledger, now: Moment) -> Ledger:
        for market_id, net in ledger.terms.positions.items():
            state = self.market.states.get(market_id)
            if state is not None and net:
                ledger.hold(state.listing, net, state.last_ticks)
                self.testimony.held(state.listing, net, now)
        return ledger

    # --- ids ------------------------------------------------------------------------------

    def unique_id(self) -> str:
        """Of a new order."""
        return str(uuid5(NAMESPACE, f"{self._birth}/{next(self._numbers)}")).upper()

    def exchange_id(self) -> str:
        """Of an order that the exchange has taken, or of a trade that only this desk knows."""
        return str(next(self._exchange_ids))

    # --- orders ---------------------------------------------------------------------------

    def find(self, account_id: str, unique_id: str) -> Order | None:
        """An account's order, None when it has none of this id."""
        store = self.stores.get(account_id)
        return None if store is None else store.find(unique_id)

    def take(
        self,
        order: Order,
        step: Step,
        now: Moment,
        detail: str = "",
        *,
        asker: Session | None = None,
    ) -> None:
        """An order takes a step."""
        order.move(
            step.change, now.wall_ns, status=step.status, pending=step.pending, detail=detail
        )
        self._booked(order)
        self._note(order, now)
        kind = step.kind
        self.announcer.tell(order, lambda writer: writer.step(order, kind), asker=asker)

    def fill(self, order: Order, trade_id: str, ticks: int, volume: int, now: Moment) -> Trade:
        """An order trades: its account too, and all who listen are told."""
        legs = legs_of(self.market, order.listing, order.side, ticks, volume)
        trade = order.fill(trade_id, ticks, volume, now.wall_ns, legs)
        ledger = self.ledgers[order.account_id]
        for listing, side, lots, price in _moves(order, trade):
            ledger.settle(listing, side, lots, price)
            self.feed.position_moved(order.account_id, listing.market_id)
        self.feed.money_moved(order.account_id)
        self._booked(order)
        self._tell_trade(order, trade)
        self.testimony.filled(order, trade, now)
        self._note(order, now, trade_id=trade_id, volume=volume, price=trade.ticks)
        return trade

    def bust(self, order: Order, trade: Trade, now: Moment) -> None:
        """A fill is taken back."""
        order.bust(trade, now.wall_ns)
        ledger = self.ledgers[order.account_id]
        for listing, side, lots, price in _moves(order, trade):
            ledger.unsettle(listing, side, lots, price)
            self.feed.position_moved(order.account_id, listing.market_id)
        self.feed.money_moved(order.account_id)
        self._booked(order)
        self._tell_trade(order, trade)
        self.testimony.busted(order, trade, now)
        self._note(order, now, trade_id=trade.trade_id, volume=trade.volume, price=trade.ticks)

    def _tell_trade(self, order: Order, trade: Trade) -> None:
        def told(writer: Writer) -> Payload:
            return {"order_update_trade": writer.trade(order, trade)}

        self.announcer.tell(order, told)
        if order.change is Change.TRADE_BUSTED:
            return
        for leg in trade.legs:
            self.announcer.tell(order, partial(_leg_told, order, trade, leg))

    def _booked(self, order: Order) -> None:
        """What it binds in its account, and where it stands in its list."""
        ledger = self.ledgers.get(order.account_id)
        if ledger is None:
            return
        counts = order.status is Status.WORKING and not order.doomed
        bound = order.working * order.side if counts else 0
        if bound != order.bound:
            position = ledger.position(order.listing)
            if order.buys:
                position.working_buys += bound - order.bound
            else:
                position.working_sells -= bound - order.bound
            order.bound = bound
            self.feed.position_moved(order.account_id, order.market_id)
            self.feed.money_moved(order.account_id)
        if not order.open:
            self.stores[order.account_id].close(order)

    def _note(self, order: Order, now: Moment, **details: object) -> None:
        self._log.append(
            "order_event",
            now,
            account_id=order.account_id,
            market_id=order.market_id,
            unique_id=order.unique_id,
            tag=order.tag,
            change=order.change.name,
            status=order.status.name,
            sequence=order.sequence,
            text=order.detail,
            **details,
        )

    def flush(self, now: Moment) -> None:
        """Send order events, then what they did to accounts."""
        self.announcer.flush(now)
        self.feed.flush(now)


def _leg_told(order: Order, trade: Trade, leg: Leg, writer: Writer) -> Payload:
    return {"order_update_trade_leg": writer.leg(order, trade, leg)}


def _moves(order: Order, trade: Trade) -> list[tuple[Listing, BuySell, int, int]]:
    """What a fill moves: the legs of a spread, else the market itself."""
    if trade.legs:
        return [(leg.listing, leg.side, leg.volume, leg.ticks) for leg in trade.legs]
    return [(order.listing, order.side, trade.volume, trade.ticks)]
