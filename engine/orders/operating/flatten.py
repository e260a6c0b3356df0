"""Becoming flat by hand: what would be cancelled and closed, the start, and how far it is."""

from collections.abc import Mapping, Sequence

from engine.model.money import plain
from engine.orders.flattening import TOO_MANY, Flattener, Holding, Job, Scope
from engine.orders.kernel import Kernel
from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import Arguments, Refused, link_of, words_of
from engine.orders.operating.cancelling import SHOWN_MAX, named
from engine.orders.operating.questions import Question
from engine.orders.owners import OPERATOR_OWNER
from engine.orders.views import Row

WITHIN_S = 30.0
"""How long closing is tried unless told otherwise."""

WITHIN_S_MAX = 3600.0


class FlattenDesk:
    """Starts jobs and tells how they go on."""

    def __init__(self, kernel: Kernel, flattener: Flattener) -> None:
        self._k = kernel
        self._flattener = flattener

    def questions(self) -> Mapping[str, Question]:
        """What can be asked."""
        return {"flatten-progress": self._progress}

    def verbs(self) -> Mapping[str, Planner]:
        """What can be done."""
        return {"flatten": self._flatten}

    def _flatten(self, arguments: Arguments) -> Plan:
        scope, within_s = self._scope(arguments), _within_s(arguments)
        halted = self._flattener.halted(scope)
        if halted:
            raise Refused(halted)
        if self._flattener.is_full:
            raise Refused(TOO_MANY)

        def carry_out(act: Act) -> object:
            job = self._flattener.start(scope, by=act.by, reason=act.reason, within_s=within_s)
            return self._row(job)

        orders = self._flattener.open_orders(scope)
        closes = [*self._flattener.holdings(scope), *self._unowned(scope)]
        shown: Row = {
            "open_orders": len(orders),
            "cancel": named(orders),
            "close": [_holding_text(each) for each in closes[:SHOWN_MAX]],
            "left_alone": named(self._flattener.strangers(scope)),
        }
        return Plan(shown, carry_out)

    def _unowned(self, scope: Scope) -> Sequence[Holding]:
        return (
            []
            if scope.strategy not in ("", OPERATOR_OWNER)
            else list(self._flattener.unowned(scope))
        )

    def _progress(self, arguments: Arguments) -> object:
        number = arguments.get("job")
        job = self._flattener.find(number) if isinstance(number, int) else None
        if job is None:
            raise Refused("this boot of the router has no such job: look, and ask for it again")
        return self._row(job)

    def _row(self, job: Job) -> Row:
        return {
            "job": job.number,
            "stage": job.stage.value,
            "note": job.note,
            "open_orders": len(self._flattener.open_orders(job.scope)),
            "positions": [_holding_text(each) for each in self._flattener.holdings(job.scope)],
        }

    def _scope(self, arguments: Arguments) -> Scope:
        """What is meant; at least one thing must be named, so that nothing is closed by mistake."""
        k = self._k
        scope = Scope(
            strategy=words_of(arguments, "strategy"),
            venue=words_of(arguments, "venue"),
            account=words_of(arguments, "account"),
            instrument=words_of(arguments, "instrument"),
        )
        if scope == Scope() and words_of(arguments, "scope") != "engine":
            raise Refused("name what to flatten: a strategy, venue, account or instrument, or all")
        if scope.account:
            link_of(k, {"account": scope.account})
        venues = {link.venue for link in k.links.values()}
        if scope.venue and scope.venue not in venues:
            raise Refused(f"there is no venue {scope.venue!r}; there are {', '.join(venues)}")
        if scope.strategy and not self._is_known(scope.strategy):
            known = ", ".join([*k.settings.strategies, OPERATOR_OWNER])
            raise Refused(f"there is no strategy {scope.strategy!r}; there are {known}")
        if scope.instrument and scope.instrument not in k.book.instruments:
            raise Refused(f"no venue here has an instrument {scope.instrument!r}")
        return scope

    def _is_known(self, owner: str) -> bool:
        """Also one that was removed from the configuration and left something behind."""
        k = self._k
        configured = owner in k.settings.strategies or owner == OPERATOR_OWNER
        left = k.book.strategies.of(owner) or any(k.book.orders.open_of_strategy(owner))
        return configured or bool(left)


def _holding_text(each: Holding) -> str:
    return f"{plain(each.quantity)} {each.instrument} of {each.owner} on {each.link.account}"


def _within_s(arguments: Arguments) -> float:
    value = arguments.get("within_s", WITHIN_S)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("within_s must be a number of seconds")
    if not 0 < value <= WITHIN_S_MAX:
        raise Refused(f"within_s must be above 0 and at most {WITHIN_S_MAX:g}")
    return float(value)
