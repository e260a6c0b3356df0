"""The private side: fills into accounts, order events out to subscribers, dead-man timers; pure.

Per list of exchange events subscribers hear, in order: each order entry as it happened, then the
positions that changed, then the assets that changed.
"""

from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.wooxpro.simulator import holdings
from actors.venues.wooxpro.simulator.admission import Admission
from actors.venues.wooxpro.simulator.holdings import Holdings
from actors.venues.wooxpro.simulator.hub import Feed, Hub, Sink
from actors.venues.wooxpro.simulator.orders import (
    ACTION_CANCEL,
    ACTION_DEAL,
    ACTION_SUBMIT,
    STATE_APPROVAL,
    Terms,
    last_trade,
    order_entry,
)
from actors.venues.wooxpro.simulator.positions import Account, Position, TradeRow
from actors.venues.wooxpro.simulator.symbols import SymbolState
from actors.venues.wooxpro.simulator.topics import CURRENCIES, Channel, Topic
from engine.exchange.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderReplaced,
)
from engine.exchange.exchange import Exchange
from engine.exchange.model import CancelReason, Fill, Liquidity, Order, OrderKind
from engine.simulator import jsontext
from engine.simulator.moment import MS, Moment
from engine.simulator.witnesslog import WitnessLog

_FAR: Final = 1 << 62


@attrs.define
class _Changes:
    """What one account has to be told at the end of an event list."""

    positions: dict[tuple[str, int], Position] = attrs.field(factory=dict)


class PrivateDesk:
    """Books and announces what happens to the accounts' orders.

    Args:
        exchange: whose events come in.
        accounts: by name; events of other accounts are ignored.
        symbols: state of the contracts.
        hub: where pushes go.
        log: the witness.
        push_interval_ns: positions are pushed so often even without a change; 0 for never.
    """

    def __init__(
        self,
        exchange: Exchange,
        accounts: dict[str, Account],
        symbols: dict[str, SymbolState],
        hub: Hub,
        log: WitnessLog,
        *,
        push_interval_ns: int = 0,
    ) -> None:
        self.exchange = exchange
        self.admission = Admission(exchange, symbols)
        self.holdings = Holdings(self.admission, symbols)
        self._accounts = accounts
        self._symbols = symbols
        self._hub = hub
        self._log = log
        self._changes: dict[str, _Changes] = {}
        self._assets: dict[tuple[str, str], dict[str, str]] = {}
        self._timers: dict[tuple[str, str], int] = {}
        self._push_interval_ns = push_interval_ns
        self._next_push_ns = 0 if push_interval_ns else _FAR
        self.filled = False
        """Whether anything was filled since the venue last looked (and reset it)."""
        self.finished: list[Order] = []
        """Orders that brought presets and are done; the venue takes them from here."""

    def feeds(self, sink: Sink, topic: Topic) -> list[Feed]:
        """The feed of one private topic for the sink's account."""
        name = sink.account or ""
        key = f"{name}/{topic.symbol}" if topic.channel is Channel.ASSET else name
        return [Feed(topic, key, topic.text)]

    # --- events ---------------------------------------------------------------------------

    def on_event(self, event: Event, now: Moment) -> None:
        """Take one order event."""
        if isinstance(event, OrderAccepted):
            state = STATE_APPROVAL if event.order.kind is OrderKind.MARKET else None
            self._announce(ACTION_SUBMIT, event.order, now, state=state)
        elif isinstance(event, OrderFilled):
            self._on_fill(event.order, event.fill, now)
        elif isinstance(event, OrderCancelled):
            self._announce(ACTION_CANCEL, event.order, now, reason=event.reason)
            self._note_presets(event.order)
        elif isinstance(event, OrderReplaced):
            self._announce(ACTION_SUBMIT, event.order, now)

    def _announce(
        self,
        action: int,
        order: Order,
        now: Moment,
        *,
        trade: dict[str, Any] | None = None,
        state: int | None = None,
        reason: CancelReason | None = None,
    ) -> None:
        if order.account not in self._accounts:
            return
        self._changes.setdefault(order.account, _Changes())
        entry = order_entry(action, order, trade, state)
        shown = entry["order"]
        self._log.append(
            "order_event",
            now,
            account=order.account,
            action=action,
            order_id=order.order_id,
            client_order_id=shown["client_order_id"],
            state=shown["state"],
            deal_size=shown["deal_size"],
            reason=reason.value if reason is not None else "",
        )
        self.push_entry(order.account, entry, now)

    def push_entry(self, account: str, entry: dict[str, Any], now: Moment) -> None:
        """Push one order entry to the account's subscribers."""
        for feed in self._hub.feeds(Channel.ORDER, account):
            text = jsontext.dumps({"group": feed.group, "data": [entry]})
            self._hub.push(feed, text, now.mono_ns)

    def _on_fill(self, order: Order, fill: Fill, now: Moment) -> None:
        account = self._accounts.get(order.account)
        if account is None:
            return
        contract = self._symbols[order.symbol].contract
        self.filled = True
        row, changed = account.apply(_trade_row(order, fill), contract)
        changes = self._changes.setdefault(order.account, _Changes())
        for position in changed:
            changes.positions[position.symbol, position.kind] = position
        self._log.append(
            "fill",
            now,
            account=order.account,
            order_id=order.order_id,
            client_order_id=row.client_order_id,
            trade_id=row.trade_id,
            symbol=row.symbol,
            side=row.side,
            price=format(row.price, "f"),
            volume=jsontext.plain(row.volume),
            maker=row.maker,
        )
        trade = last_trade(row, contract.quote)
        self._announce(ACTION_DEAL, order, now, trade=trade)
        self._note_presets(order)

    def _note_presets(self, order: Order) -> None:
        done = not order.leaves and order.cumulative > 0
        if done and order.account in self._accounts and order.tag.presets:
            self.finished.append(order)
            self.filled = True

    def flush(self, now: Moment) -> None:
        """Push the positions and assets that changed since the last flush."""
        if not self._changes:
            return
        changes, self._changes = self._changes, {}
        for name, change in changes.items():
            account = self._accounts[name]
            if change.positions:
                self.push_positions(account, list(change.positions.values()), now)
            self.push_assets(account, now)

    def push_positions(self, account: Account, positions: list[Position], now: Moment) -> None:
        """Push these positions in one message."""
        for feed in self._hub.feeds(Channel.POSITION, account.name):
            rows = [self.holdings.push(account, position) for position in positions]
            text = jsontext.dumps({"group": feed.group, "data": rows})
            self._hub.push(feed, text, now.mono_ns)

    def push_assets(self, account: Account, now: Moment) -> None:
        """Push the assets that differ from what was pushed last."""
        for currency in CURRENCIES:
            feeds = self._hub.feeds(Channel.ASSET, f"{account.name}/{currency}")
            if not feeds:
                continue
            data = holdings.asset(account, self.admission, currency)
            if self._assets.get((account.name, currency)) == data:
                continue
            self._assets[account.name, currency] = data
            for feed in feeds:
                text = jsontext.dumps({"group": feed.group, "data": data})
                self._hub.push(feed, text, now.mono_ns)

    def excess_reductions(self, now_ns: int) -> list[Event]:
        """Cancel reduce-only orders of one-way accounts beyond what is left of the position."""
        events: list[Event] = []
        for account in self._accounts.values():
            if account.mode != "one_way_mode":
                continue
            for order in self._excess(account):
                reason = CancelReason.REDUCE_ONLY
                events += self.exchange.cancel(
                    account.name, now_ns, order_id=order.order_id, reason=reason
                )
        return events

    def _excess(self, account: Account) -> list[Order]:
        excess: list[Order] = []
        for symbol in self._symbols:
            for kind in (1, 2):
                left = account.volume(symbol, kind)
                for order in self.admission.closing(account, symbol, kind):
                    left -= order.leaves
                    if left < 0:
                        excess.append(order)
        return excess

    # --- dead-man timers ------------------------------------------------------------------

    def set_timer(self, account: str, symbol: str, due_ns: int | None) -> None:
        """Cancel all orders of the contract at this monotonic time; None switches it off."""
        if due_ns is None:
            self._timers.pop((account, symbol), None)
        else:
            self._timers[account, symbol] = due_ns

    def next_deadline_ns(self) -> int:
        """The earliest timer or timed push."""
        return min(self._next_push_ns, min(self._timers.values(), default=_FAR))

    def advance(self, now: Moment, market_ns: int) -> list[Event]:
        """Push positions when it is time for it; returns events of the timers that are due."""
        if self._next_push_ns <= now.mono_ns:
            self._next_push_ns = now.mono_ns + self._push_interval_ns
            for account in self._accounts.values():
                if account.positions:
                    self.push_positions(account, list(account.positions.values()), now)
        return self._due_timers(now, market_ns)

    def _due_timers(self, now: Moment, market_ns: int) -> list[Event]:
        events: list[Event] = []
        for key in [key for key, due in self._timers.items() if due <= now.mono_ns]:
            del self._timers[key]
            account, symbol = key
            events += self.exchange.cancel_all(
                account, market_ns, symbol=symbol, reason=CancelReason.TIMEOUT
            )
        return events


def _trade_row(order: Order, fill: Fill) -> TradeRow:
    terms: Terms = order.tag
    return TradeRow(
        order_id=order.order_id,
        client_order_id=order.client_order_id or "",
        trade_id=fill.trade_id,
        symbol=order.symbol,
        side=terms.side,
        price=fill.price,
        volume=fill.quantity,
        maker=fill.liquidity is Liquidity.MAKER,
        fee=fill.fee,
        realised=Decimal(0),
        created_ms=fill.at_ns // MS,
    )
