"""Orders by hand: owner `operator`, through every control, within limits of its own."""

from collections.abc import Mapping

from engine.messages.orders import SubmitIntent
from engine.model.enums import Mode, OrdType, PositionEffect, Side, TimeInForce
from engine.orders.byhand import intent_by_hand, numbered_intent_id, request_intent_id
from engine.orders.kernel import Kernel
from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import (
    Arguments,
    Refused,
    flag_of,
    number_of,
    word_of,
    words_of,
)
from engine.orders.operating.hints import instrument_hint
from engine.orders.order import Order
from engine.orders.owners import OPERATOR_OWNER, rights_of
from engine.orders.placer import Placer
from engine.orders.plausible import NAME_CHARS_MAX, is_price
from engine.orders.settings import StrategyRights
from engine.orders.views import Row, order_row
from engine.risk.codes import MEANING, Denial, DenialCode
from engine.risk.limits import missing_for_live


class OrderingDesk:
    """Places orders by hand."""

    def __init__(self, kernel: Kernel, placer: Placer) -> None:
        self._k = kernel
        self._placer = placer

    def verbs(self) -> Mapping[str, Planner]:
        """What can be done."""
        return {"order": self._order}

    def _order(self, arguments: Arguments) -> Plan:
        wish = self._wish(arguments, numbered_intent_id(self._k))
        rights = self._rights()

        def carry_out(act: Act) -> object:
            intent_id = request_intent_id(act.request_id)
            known = self._k.book.orders.by_intent(intent_id)
            if known is not None:  # placed, but its entry could not be written
                return self._placed(known)
            return self._place(self._wish(arguments, intent_id, act.reason), rights)

        denial = self._foresee(wish, rights)
        denied = None if denial is None else self._denial_row(denial, wish)
        return Plan({"order": _wish_row(wish), "denied": denied}, carry_out)

    def _place(self, wish: SubmitIntent, rights: StrategyRights) -> Row:
        placed: Order | Denial | None = self._unlimited(wish, rights)
        if placed is None:
            placed = self._placer.place(wish, rights)
        if isinstance(placed, Order):
            return self._placed(placed)
        self._placer.deny(wish, rights, placed)
        return {"order": _wish_row(wish), "denied": self._denial_row(placed, wish)}

    def _placed(self, order: Order) -> Row:
        return {"order": order_row(self._k, order), "denied": None}

    def _foresee(self, wish: SubmitIntent, rights: StrategyRights) -> Denial | None:
        return self._unlimited(wish, rights) or self._placer.foresee(wish, rights)

    def _unlimited(self, wish: SubmitIntent, rights: StrategyRights) -> Denial | None:
        """PT-28 for an owner that no configuration lists: no live order without the limits for it.

        An instrument that it may not trade is denied as such: limits would not help.
        """
        if rights.mode is not Mode.LIVE or wish.instrument not in rights.instruments:
            return None
        missing = missing_for_live(self._k.settings.risk, [(wish.strategy, wish.instrument)])
        if not missing:
            return None
        names = ", ".join(problem.path.rpartition(".")[2] for problem in missing)
        return Denial(code=DenialCode.LIMIT_MISSING, value=names, detail=f"for {wish.instrument}")

    def _denial_row(self, denial: Denial, wish: SubmitIntent) -> Row:
        row: Row = {
            "code": denial.code.value,
            "text": denial.text,
            "meaning": MEANING[denial.code],
        }
        if denial.code is DenialCode.INSTRUMENT_NOT_ALLOWED:
            names = self._rights().instruments
            links = self._k.links.values()
            venues = {link.venue for link in links if link.settings.mode is self._k.settings.mode}
            row["hint"] = instrument_hint(wish.instrument, names, venues)
        if denial.code is DenialCode.LIMIT_MISSING:
            row["hint"] = f"set it in [risk.strategies.{OPERATOR_OWNER}] or [risk.defaults]"
        return row

    def _rights(self) -> StrategyRights:
        rights = rights_of(self._k, OPERATOR_OWNER)
        if rights is None:
            raise Refused("orders by hand have no owner here")
        return rights

    def _wish(self, arguments: Arguments, intent_id: str, reason: str = "") -> SubmitIntent:
        instrument, quantity = words_of(arguments, "instrument"), number_of(arguments, "quantity")
        if quantity is None or not instrument:
            raise Refused("an order needs an instrument, a side and a quantity")
        if len(instrument) > NAME_CHARS_MAX:
            raise Refused("no instrument has such a long name")
        price, stop_price = number_of(arguments, "price"), number_of(arguments, "stop_price")
        trail = number_of(arguments, "trail")
        if not (is_price(price) and is_price(stop_price) and is_price(trail)):
            raise Refused("the price is that of no market")
        plain_type = OrdType.MARKET if price is None else OrdType.LIMIT
        return intent_by_hand(
            self._k,
            intent_id=intent_id,
            owner=OPERATOR_OWNER,
            instrument=instrument,
            side=_side(arguments),
            ord_type=word_of(arguments, "ord_type", OrdType, plain_type),
            quantity=quantity,
            price=price,
            stop_price=stop_price,
            trail=trail,
            position_effect=word_of(
                arguments, "position_effect", PositionEffect, PositionEffect.AUTO
            ),
            time_in_force=word_of(arguments, "time_in_force", TimeInForce, TimeInForce.GTC),
            post_only=flag_of(arguments, "post_only"),
            reduce_only=flag_of(arguments, "reduce_only"),
            note=reason,
        )


def _side(arguments: Arguments) -> Side:
    if not words_of(arguments, "side"):
        raise Refused("an order needs a side: buy or sell")
    return word_of(arguments, "side", Side, Side.BUY)


def _wish_row(wish: SubmitIntent) -> Row:
    return {
        "owner": wish.strategy,
        "instrument": wish.instrument,
        "side": wish.side.value,
        "ord_type": wish.ord_type.value,
        "quantity": format(wish.quantity, "f"),
        "price": None if wish.price is None else format(wish.price, "f"),
        "stop_price": None if wish.stop_price is None else format(wish.stop_price, "f"),
        "trail": None if wish.trail is None else format(wish.trail, "f"),
        "position_effect": wish.position_effect.value,
        "time_in_force": wish.time_in_force.value,
        "post_only": wish.post_only,
        "reduce_only": wish.reduce_only,
    }
