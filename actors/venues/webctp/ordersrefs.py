"""CTP's order refs: the client order id followed by one digit that names the leg and their number.

A ref must grow within a session and be unique for the account's trading day, and it is the only name of
ours that the venue repeats in its pushes. Client order ids grow, and of one order the digit grows, so
refs do as long as the legs of an order leave before the next order's. The digit tells how many legs were
planned as well: what a session that has been restarted finds at the venue it can judge without memory.
"""

import string
from typing import Final

import attrs

from actors.venues.webctp.legs import LEGS_MAX
from engine.errors import LocalProtocolError
from engine.session.declaration import ClientOrderIdRule

REF_CHARS: Final = 12
ID_CHARS: Final = 11

CLIENT_ORDER_ID: Final = ClientOrderIdRule(length_max=ID_CHARS, alphabet=string.digits)

_FIRST_DIGIT: Final = {1: 0, 2: 1, 3: 3}
_PLACE: Final = {
    first + number: (number + 1, count)
    for count, first in _FIRST_DIGIT.items()
    for number in range(count)
}


@attrs.frozen
class Ref:
    """A ref of ours, taken apart: leg `number` (from 1) of `count`."""

    client_order_id: str
    number: int
    count: int


def is_client_order_id(name: str) -> bool:
    """Whether an id can be the larger part of a ref that grows as a number."""
    return len(name) == ID_CHARS and name.isascii() and name.isdigit() and name[0] != "0"


def ref_of(client_order_id: str, number: int, count: int) -> str:
    """The ref of leg `number` (from 1) of `count`.

    Raises:
        LocalProtocolError: the id is none of `CLIENT_ORDER_ID`, or there is no such leg.
    """
    if not is_client_order_id(client_order_id) or not 1 <= number <= count <= LEGS_MAX:
        raise LocalProtocolError(f"no ref for leg {number} of {count} of {client_order_id!r}")
    return f"{client_order_id}{_FIRST_DIGIT[count] + number - 1}"


def read_ref(ref: str) -> Ref | None:
    """The parts of a ref that looks like ours; None for any other."""
    if len(ref) != REF_CHARS or not is_client_order_id(ref[:ID_CHARS]) or not ref[-1].isascii():
        return None
    place = _PLACE.get(int(ref[-1])) if ref[-1].isdigit() else None
    return None if place is None else Ref(ref[:ID_CHARS], *place)


def ref_number(ref: str) -> int:
    """A ref as the number that must grow; 0 for what is none."""
    stripped = ref.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() else 0
