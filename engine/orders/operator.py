"""The operator's desk: questions anybody with a key may ask, commands only the operator may give.

Answers are JSON texts. A command that lowers the kill switch needs a reason; every command that
changes something is in the journal with who and why.
"""

import json
from collections.abc import Callable, Mapping

from engine.errors import JournalError, LimitExceeded, LocalProtocolError
from engine.messages.operator import (
    ROLE_OPERATOR,
    OperatorReply,
    OperatorRequest,
    refusal,
    replies,
)
from engine.model.enums import Certainty, TradingStateWord
from engine.model.money import ZERO
from engine.orders.commands import Commands
from engine.orders.kernel import Kernel
from engine.orders.killing import Killing
from engine.orders.link import Link
from engine.orders.news import bust_record, order_event
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.reconciling import Reconciler
from engine.orders.records import Source
from engine.orders.state import Event
from engine.orders.views import (
    alarm_row,
    chosen_orders,
    fill_row,
    order_row,
    position_rows,
    status,
    summary,
)
from engine.risk.killswitch import ENGINE_SCOPE, strategy_scope, venue_scope

ROWS_MAX = 10_000
"""Rows of one answer; the newest ones."""

Arguments = Mapping[str, object]


class Refused(Exception):  # noqa: N818 - not an error of ours: an answer
    """The request cannot be fulfilled; the text says why."""


class OperatorDesk:
    """Serves operators and viewers."""

    def __init__(
        self, kernel: Kernel, commands: Commands, killing: Killing, reconciler: Reconciler
    ) -> None:
        self._k = kernel
        self._commands = commands
        self._killing = killing
        self._reconciler = reconciler
        self._questions: dict[str, Callable[[Arguments], object]] = {
            "status": lambda _: status(kernel),
            "summary": lambda _: summary(kernel),
            "orders": self._orders,
            "positions": lambda _: list(position_rows(kernel)),
            "fills": self._fills,
            "alarms": lambda _: [alarm_row(alarm) for alarm in kernel.book.alarms],
        }
        self._verbs: dict[str, Callable[[Arguments, str], object]] = {
            "kill": self._kill,
            "arm": self._arm,
            "cancel-all": self._cancel_all,
            "accept": self._accept,
            "resolve": self._resolve,
            "bust": self._bust,
        }

    def request(self, message: OperatorRequest, role: str) -> list[OperatorReply]:
        """Answer one request, with as many parts as it takes; never raises for what it says."""
        self._k.counters["operator_request"] += 1
        try:
            answer = self._answer(message, role)
        except Refused as refused:
            return [refusal(message.request_id, str(refused)[:TEXT_CHARS_MAX])]
        except (LocalProtocolError, LimitExceeded) as error:
            return [refusal(message.request_id, f"this cannot be recorded: {error}")]
        except JournalError as error:
            return [refusal(message.request_id, f"the journal cannot be written: {error}")]
        return list(replies(message.request_id, json.dumps(answer)))

    def _answer(self, message: OperatorRequest, role: str) -> object:
        arguments = _parsed(message.arguments)
        question = self._questions.get(message.verb)
        if question is not None:
            return question(arguments)
        verb = self._verbs.get(message.verb)
        if verb is None:
            known = ", ".join([*self._questions, *self._verbs])
            raise Refused(f"the router does not know {message.verb!r}; it knows {known}")
        if role != ROLE_OPERATOR:
            raise Refused(f"{message.verb} needs the operator's key; this one may only read")
        return verb(arguments, message.reason[:TEXT_CHARS_MAX])

    # --- questions -----------------------------------------------------------------------------

    def _orders(self, arguments: Arguments) -> object:
        rows = [order_row(self._k, order) for order in chosen_orders(self._k, arguments)]
        return rows[-_limit(arguments) :]

    def _fills(self, arguments: Arguments) -> object:
        wanted = {name: arguments.get(name) for name in ("strategy", "instrument", "account")}
        rows = [
            fill_row(fill)
            for fill in self._k.book.fills
            if all(value in (None, "", getattr(fill, name)) for name, value in wanted.items())
        ]
        return rows[-_limit(arguments) :]

    # --- commands ------------------------------------------------------------------------------

    def _kill(self, arguments: Arguments, reason: str) -> object:
        level = _level(arguments.get("level", TradingStateWord.KILLED.value))
        if level is TradingStateWord.ACTIVE:
            raise Refused("kill sets reducing, halted or killed; arm makes active again")
        return self._move(self._scope(arguments), level, reason or "by hand")

    def _arm(self, arguments: Arguments, reason: str) -> object:
        if not reason.strip():
            raise Refused("say why it is safe to trade again (--reason)")
        return self._move(self._scope(arguments), TradingStateWord.ACTIVE, reason)

    def _move(self, scope: str, level: TradingStateWord, reason: str) -> object:
        open_before = len(list(self._commands.open_in(scope)))
        changed = self._killing.move(scope, level, by=ROLE_OPERATOR, reason=reason, by_person=True)
        return {
            "scope": scope,
            "level": self._k.book.switch.level_of(scope).value,
            "changed": changed,
            "open_orders": open_before,
        }

    def _cancel_all(self, arguments: Arguments, reason: str) -> object:
        scope, instrument = self._scope(arguments), arguments.get("instrument", "")
        if not instrument:
            count = self._commands.cancel_scope(scope, by=ROLE_OPERATOR, reason=reason)
            return {"scope": scope, "open_orders": count}
        orders = [o for o in self._commands.open_in(scope) if o.instrument == instrument]
        self._commands.cancel(orders, by=ROLE_OPERATOR, reason=reason)
        return {"scope": scope, "instrument": instrument, "open_orders": len(orders)}

    def _accept(self, arguments: Arguments, reason: str) -> object:
        if not reason.strip():
            raise Refused("say why the venue's word is to be taken (--reason)")
        link = self._link(arguments)
        if not link.blocked:
            raise Refused(f"{link.account} is not blocked: there is nothing to accept")
        blocked = list(link.blocked)
        settled = self._reconciler.accept(link, by=ROLE_OPERATOR, reason=reason)
        return {"account": link.account, "differences": blocked, "settled": settled}

    def _resolve(self, arguments: Arguments, reason: str) -> object:
        """End a doubt by a person's word, for venues that cannot be asked."""
        order = self._k.book.orders.get(str(arguments.get("client_order_id", "")))
        if order is None or order.certainty is not Certainty.UNKNOWN:
            raise Refused("name an order that is unknown (client_order_id)")
        if not reason.strip():
            raise Refused("say how you know (--reason)")
        words = {"never_arrived": Event.NEVER_ARRIVED, "cancelled": Event.CANCELLED}
        words |= {"rejected": Event.REJECTED, "open": Event.FOUND_OPEN}
        event = words.get(str(arguments.get("lifecycle", "")))
        if event is None:
            raise Refused(f"lifecycle must be one of {', '.join(words)}")
        now_ns = self._k.now.wall_ns
        record = order_event(order, event, source=Source.OPERATOR, ts_ns=now_ns, text=reason)
        if record is not None:
            self._k.record(record)
        return order_row(self._k, order)

    def _bust(self, arguments: Arguments, reason: str) -> object:
        """Take a counted fill back, because the venue did."""
        book, link = self._k.book, self._link(arguments)
        fill_key = str(arguments.get("fill_key", ""))
        counted = book.fill_keys.find(link.account, fill_key)
        order = None if counted is None else book.orders.get(counted.client_order_id)
        if counted is None or order is None:
            raise Refused(f"no fill {fill_key!r} is counted on {link.account}")
        if not reason.strip():
            raise Refused("say which notice of the venue takes it back (--reason)")
        known = [f for f in book.fills if (f.account, f.fill_key) == (link.account, fill_key)]
        record = bust_record(
            order,
            counted,
            fill_key=fill_key,
            fee=known[0].fee if known else ZERO,
            fee_currency=known[0].fee_currency if known else "",
            reason=reason,
            ts_ns=self._k.now.wall_ns,
        )
        self._k.record(record)
        return order_row(self._k, order)

    # --- arguments -----------------------------------------------------------------------------

    def _scope(self, arguments: Arguments) -> str:
        scope = str(arguments.get("scope") or ENGINE_SCOPE)
        known = [ENGINE_SCOPE]
        known += sorted({venue_scope(link.venue) for link in self._k.links.values()})
        known += [strategy_scope(name) for name in self._k.settings.strategies]
        if scope not in known:
            raise Refused(f"there is no scope {scope!r}; there are {', '.join(known)}")
        return scope

    def _link(self, arguments: Arguments) -> Link:
        name = str(arguments.get("account") or arguments.get("venue") or "")
        found = [link for link in self._k.links.values() if name in (link.account, link.venue)]
        if len(found) != 1:
            raise Refused(f"name one account of {', '.join(self._k.links)}")
        return found[0]


def _parsed(text: str) -> Arguments:
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise Refused(f"arguments are not JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise Refused("arguments must be a JSON object")
    return arguments


def _level(word: object) -> TradingStateWord:
    try:
        return TradingStateWord(str(word))
    except ValueError:
        words = ", ".join(level.value for level in TradingStateWord)
        raise Refused(f"level must be one of {words}") from None


def _limit(arguments: Arguments) -> int:
    limit = arguments.get("limit", ROWS_MAX)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= ROWS_MAX:
        raise Refused(f"limit must be 1 to {ROWS_MAX}")
    return limit
