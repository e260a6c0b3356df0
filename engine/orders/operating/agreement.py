"""The agreement with a venue, by hand: look at the last comparison, ask again, take the venue's word."""

from collections.abc import Mapping

from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import Arguments, Refused, link_of, words_of
from engine.orders.operating.questions import Question
from engine.orders.reconciling import Reconciler
from engine.orders.views import Row
from engine.risk.rates import NS


class AgreementDesk:
    """Shows comparisons and settles differences."""

    def __init__(self, kernel: Kernel, reconciler: Reconciler) -> None:
        self._k = kernel
        self._reconciler = reconciler

    def questions(self) -> Mapping[str, Question]:
        """What can be asked."""
        return {"reconcile-show": self._show}

    def verbs(self) -> Mapping[str, Planner]:
        """What can be done; `accept` is the older name of `reconcile-accept`."""
        return {
            "reconcile-run": self._run,
            "reconcile-accept": self._accept,
            "accept": self._accept,
        }

    def _show(self, arguments: Arguments) -> object:
        named = words_of(arguments, "venue") or words_of(arguments, "account")
        links = [link_of(self._k, arguments)] if named else self._k.links.values()
        return [self._row(link) for link in links]

    def _row(self, link: Link) -> Row:
        """How an account stands; `would_accept` is what `accept` would change."""
        k = self._k
        age_s = (k.now.mono_ns - link.agreed_mono_ns) / NS if link.agreed_mono_ns else None
        return {
            "account": link.account,
            "venue": link.venue,
            "state": link.state.value,
            "reason": link.reason,
            "agreed_ns": link.agreed_ns or k.book.reconciled_ns.get(link.account, 0),
            "agreed_age_s": age_s,
            "comparing": link.run is not None,
            "suspected": sorted(link.suspected - set(link.blocked)),
            "blocked": list(link.blocked),
            "would_accept": self._reconciler.acceptable(link),
            "next": self._next(link),
        }

    def _next(self, link: Link) -> str:
        """What happens next, or who must do something."""
        if not link.is_connected:
            return "the session is not logged in; comparing follows its log-in"
        if link.blocked:
            return f"orders wait: look at the venue, then `reconcile accept {link.venue}`"
        if link.run is not None:
            return "the venue is being asked"
        if link.suspected:
            return "asking again: differences count when they are found twice"
        return "all agrees; the next comparison comes by itself"

    def _run(self, arguments: Arguments) -> Plan:
        link = link_of(self._k, arguments)
        if not link.is_connected:
            raise Refused(f"{link.account} is not logged in: {link.reason or link.state}")

        def carry_out(_: Act) -> object:
            self._reconciler.start(link, gating=True)
            return {"account": link.account, "asked": True}

        shown: Row = {
            "account": link.account,
            "text": "ask for all orders, fills and positions; new orders wait for the answer",
            "under_way": link.run is not None,
        }
        return Plan(shown, carry_out)

    def _accept(self, arguments: Arguments) -> Plan:
        link = link_of(self._k, arguments)
        if not link.blocked:
            raise Refused(f"{link.account} is not blocked: there is nothing to accept")
        blocked = list(link.blocked)

        def carry_out(act: Act) -> object:
            settled = self._reconciler.accept(link, by=act.by, reason=act.reason)
            return {"account": link.account, "differences": blocked, "settled": settled}

        shown: Row = {
            "account": link.account,
            "differences": blocked,
            "changes": self._reconciler.acceptable(link),
        }
        return Plan(shown, carry_out)
