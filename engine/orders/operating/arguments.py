"""Arguments of an operator's request: read here, refused with the way out. Pure."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.order import Order
from engine.orders.owners import OPERATOR_OWNER
from engine.orders.plausible import is_amount
from engine.risk.killswitch import ENGINE_SCOPE, account_scope, strategy_scope, venue_scope

Arguments = Mapping[str, object]

Word = TypeVar("Word", bound=StrEnum)


class Refused(Exception):
    """The request cannot be fulfilled; the text says why."""


def parsed(text: str) -> Arguments:
    """The JSON object that a request's arguments are."""
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise Refused(f"arguments are not JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise Refused("arguments must be a JSON object")
    return arguments


def words_of(arguments: Arguments, name: str) -> str:
    """A text, empty when it is not given."""
    value = arguments.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(f"{name} must be text")
    return value


def flag_of(arguments: Arguments, name: str) -> bool:
    """Whether something is asked for; only true and false will do."""
    value = arguments.get(name, False)
    if not isinstance(value, bool):
        raise Refused(f"{name} must be true or false")
    return value


def number_of(arguments: Arguments, name: str) -> Decimal | None:
    """An exact number, written as text; None when it is not given."""
    text = words_of(arguments, name)
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Refused(f"{name} must be a number, not {text!r}") from None
    if not number.is_finite() or not is_amount(number):
        raise Refused(f"{name} {text} is the number of no market")
    return number


def word_of(arguments: Arguments, name: str, kind: type[Word], default: Word) -> Word:
    """One of the words of `kind`."""
    text = words_of(arguments, name) or default.value
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise Refused(f"{name} must be one of {known}, not {text!r}") from None


def scope_of(kernel: Kernel, arguments: Arguments) -> str:
    """A scope of the kill switch; the whole engine when none is named."""
    scope = str(arguments.get("scope") or ENGINE_SCOPE)
    known = [ENGINE_SCOPE]
    known += sorted({venue_scope(link.venue) for link in kernel.links.values()})
    known += [account_scope(account) for account in kernel.links]
    known += [strategy_scope(name) for name in kernel.settings.strategies]
    known.append(strategy_scope(OPERATOR_OWNER))
    if scope not in known:
        raise Refused(f"there is no scope {scope!r}; there are {', '.join(known)}")
    return scope


def link_of(kernel: Kernel, arguments: Arguments) -> Link:
    """The one account meant, by its name or that of its venue."""
    name = str(arguments.get("account") or arguments.get("venue") or "")
    found = [link for link in kernel.links.values() if name in (link.account, link.venue)]
    if len(found) != 1:
        raise Refused(f"name one account of {', '.join(kernel.links)}")
    return found[0]


def order_of(kernel: Kernel, name: str) -> Order:
    """An order by any of its names: ours, its strategy's, or the venue's."""
    orders = kernel.book.orders
    found = orders.get(name) or orders.by_intent(name)
    if found is not None:
        return found
    at_venues = [orders.by_venue_id(account, name) for account in kernel.links]
    named = [order for order in at_venues if order is not None]
    if not named:
        raise Refused(f"there is no order {name!r}; `orders --all` lists them")
    if len(named) > 1:
        ids = ", ".join(order.client_order_id for order in named)
        raise Refused(f"several venues have an order {name!r}: name one of {ids}")
    return named[0]
