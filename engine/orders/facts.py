"""Gathers what the controls look at: one view per wish, by a fixed number of look-ups."""

from collections.abc import Sequence

from engine.messages.orders import SubmitIntent
from engine.model.enums import Side, VenueStateWord
from engine.model.instrument import venue_of
from engine.model.money import ZERO
from engine.orders.day import OwnerKind
from engine.orders.exact import add, multiply, subtract, value_of
from engine.orders.exposure import Exposure, reserved_quantity
from engine.orders.kernel import Kernel
from engine.orders.ledger import Ledger
from engine.orders.link import Link
from engine.orders.order import Order
from engine.orders.settings import StrategyRights
from engine.risk.limits import Aggregates, Effective
from engine.risk.rates import Likeness
from engine.risk.view import Sums, View


def likeness(wish: SubmitIntent) -> Likeness:
    """What the duplicate check compares."""
    return Likeness(
        wish.strategy, wish.instrument, wish.side, wish.quantity, wish.price, wish.stop_price
    )


class Facts:
    """Reads the book for the controls; changes nothing."""

    __slots__ = ("_k",)

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel

    def view(
        self, wish: SubmitIntent, rights: StrategyRights, link: Link | None, replaced: Order | None
    ) -> View:
        """The facts for a wish; `replaced` is the order it changes, None for a new one."""
        k, name = self._k, wish.instrument
        venue = "" if link is None else link.venue
        account = "" if link is None else link.account
        state, reason = k.trading_state(venue, wish.strategy, account)
        limits = k.limits(wish.strategy, name)
        definition = k.book.instruments.get(name)
        currency = "" if definition is None else definition.currency
        view = View(
            instrument=definition,
            capabilities=None if link is None else link.settings.capabilities,
            allowed=name in rights.instruments,
            venue_state=VenueStateWord.DOWN if link is None else link.state,
            venue_reason="no such session" if link is None else link.reason,
            trading_state=state,
            trading_reason=reason,
            reference=k.references.get(name),
            replaces=replaced is not None,
            reserve_quantity=wish.quantity,
            worst_price=k.worst_price(name, wish.price, wish.stop_price),
            duplicate_age_ns=None,
            account=self._sums(account, name, currency, limits.account, for_account=True),
            strategy=self._sums(wish.strategy, name, currency, limits.strategy, for_account=False),
            takes_orders=link is not None or venue_of(name) not in k.watched_only,
        )
        if limits.duplicate_window_s is not None:
            view.duplicate_age_ns = k.recent.age_ns(likeness(wish), k.now.mono_ns)
        if limits.guarded:
            self._guarded(view, wish, limits, account)
        if replaced is not None:
            self._take_out(view, replaced, wish)
        return view

    def count_ahead(self, view: View, ahead: Sequence[SubmitIntent]) -> None:
        """Count wishes of the same list as if they were placed already: all may be filled at worst."""
        k = self._k
        for wish in ahead:
            price = k.worst_price(wish.instrument, wish.price, wish.stop_price)
            notional = ZERO
            if view.instrument is not None and price is not None:
                notional = value_of(price, wish.quantity, view.instrument.multiplier)
            for sums in (view.account, view.strategy):
                if wish.side is Side.BUY:
                    sums.buys = add(sums.buys, wish.quantity)
                else:
                    sums.sells = add(sums.sells, wish.quantity)
                sums.notional = add(sums.notional, notional)
                sums.orders, sums.instrument_orders = sums.orders + 1, sums.instrument_orders + 1
                if sums.tied is not None:
                    sums.tied = add(sums.tied, notional)
            if view.free_balance is not None:
                rate = k.limits(wish.strategy, wish.instrument).margin_rate
                view.free_balance = subtract(view.free_balance, multiply(notional, rate))

    def _guarded(self, view: View, wish: SubmitIntent, limits: Effective, account: str) -> None:
        """Facts that only some limits ask for."""
        k, name, risk = self._k, wish.instrument, self._k.book.risk
        if limits.trading_hours:
            now_ns = k.now.wall_ns
            view.is_in_session = all(hours.is_open(now_ns) for hours in limits.trading_hours)
        if limits.price_drift:
            view.anchors = k.anchors(wish.strategy, name, limits.price_drift)
        if limits.self_match is not None:
            view.resting = risk.resting.best(account, name, wish.side.opposite)
        if view.instrument is None:
            return
        currency = view.instrument.currency
        for sums, owner, kind, each in (
            (view.account, account, OwnerKind.ACCOUNT, limits.account),
            (view.strategy, wish.strategy, OwnerKind.STRATEGY, limits.strategy),
        ):
            if each.max_credit is not None:
                sums.tied = add(risk.holdings[kind].value(owner, currency), sums.notional)
            if each.max_loss is not None:
                sums.loss = k.losses.get((kind, owner), {}).get(currency, ZERO)
        if limits.check_balance:
            balance = risk.balances.find(account, currency)
            if balance is not None:
                held = risk.holdings[OwnerKind.ACCOUNT].value(account, currency)
                tied = add(held, view.account.notional)
                view.free_balance = balance.free(tied, limits.margin_rate)

    def _sums(
        self, owner: str, name: str, currency: str, limits: Aggregates, *, for_account: bool
    ) -> Sums:
        k = self._k
        ledger: Ledger = k.book.accounts if for_account else k.book.strategies
        exposure: Exposure = k.book.account_exposure if for_account else k.book.strategy_exposure
        each, rate = exposure.instrument(owner, name), limits.max_messages
        return Sums(
            position=ledger.quantity(owner, name),
            buys=each.buys,
            sells=each.sells,
            cancelling_buys=each.cancelling_buys,
            cancelling_sells=each.cancelling_sells,
            notional=exposure.notional(owner, currency),
            orders=exposure.orders(owner),
            instrument_orders=each.orders,
            rate_full=rate is not None and k.meter(owner).is_full(rate, k.now.mono_ns),
        )

    def _take_out(self, view: View, replaced: Order, wish: SubmitIntent) -> None:
        """A change is checked as if the order were placed anew, with the worse of old and new."""
        held = self._k.book.account_exposure.held(replaced.client_order_id)
        view.reserve_quantity = max(
            reserved_quantity(replaced), subtract(wish.quantity, replaced.cum_qty)
        )
        if view.worst_price is not None:
            view.worst_price = max(view.worst_price, abs(replaced.reserve_price))
        if held is None:
            return
        for sums in (view.account, view.strategy):
            sums.buys = subtract(sums.buys, held.buy)
            sums.sells = subtract(sums.sells, held.sell)
            sums.notional = subtract(sums.notional, held.notional)
            if sums.tied is not None:
                sums.tied = subtract(sums.tied, held.notional)
        if view.free_balance is not None:
            rate = self._k.limits(wish.strategy, wish.instrument).margin_rate
            view.free_balance = add(view.free_balance, multiply(held.notional, rate))
