"""`insert_order` and `delete_order` as the gateway reads them, before anything of CTP looks at them."""

from typing import Final

import attrs

from actors.venues.webctp.simulator import codes
from actors.venues.webctp.simulator.envelope import cut
from actors.venues.webctp.simulator.fields import INT_MAX, Fields, Refused

REF_BYTES: Final = 12
MEMO_BYTES: Final = 12
INSTRUMENT_BYTES: Final = 80
EXCHANGE_BYTES: Final = 8
SYS_ID_BYTES: Final = 20
DELETE_REF_MAX: Final = 49


@attrs.frozen(kw_only=True)
class Ticket:
    """A new order; `torn` says that a text was cut inside a character."""

    instrument: str
    exchange: str
    ref: str
    price: float
    direction: int
    offset: int
    volume: int
    price_type: int
    time_condition: int
    memo: str = ""
    torn: bool = False

    def received(self, code: int) -> str:
        """What the gateway says of it in PERFORMED."""
        return (
            f"RECEIVED: {self.instrument} in {self.exchange} with ref '{self.ref}' "
            f"{('BUY', 'SELL')[self.direction]} {codes.OFFSETS[self.offset]} {self.volume} "
            f"{codes.PRICE_TYPES[self.price_type]} at {self.price:.6f} "
            f"{codes.TIME_CONDITIONS[self.time_condition]} returned {code}"
        )


@attrs.frozen(kw_only=True)
class Deletion:
    """A cancellation; `req_id` is that of its request."""

    req_id: int = 0
    exchange: str
    instrument: str
    delete_ref: int
    order_sys_id: str


def read_ticket(fields: Fields) -> Ticket:
    """An order in the order of the gateway's checks."""
    instrument, exchange, ref = (fields.text(name) for name in ("instrument", "exchange", "ref"))
    price = fields.number("price")
    direction = fields.choice("direction", codes.SELL)
    offset = fields.choice("offset", 6)
    volume = fields.number("volume")
    price_type = fields.choice("price_type", codes.LAST)
    time_condition = fields.choice("time_condition", codes.ONE_DAY)
    memo = fields.optional("memo") or ""
    if offset not in codes.OFFSETS:
        raise Refused("TraderHandler::insertOrder(): Unsupported Open/Close operation")
    ref, ref_torn = cut(ref, REF_BYTES)
    memo, memo_torn = cut(memo, MEMO_BYTES)
    return Ticket(
        instrument=cut(instrument, INSTRUMENT_BYTES)[0],
        exchange=cut(exchange, EXCHANGE_BYTES)[0],
        ref=ref,
        price=price,
        direction=direction,
        offset=offset,
        volume=_whole(volume),
        price_type=price_type,
        time_condition=time_condition,
        memo=memo,
        torn=ref_torn or memo_torn,
    )


def read_deletion(fields: Fields) -> Deletion:
    """A cancellation; its refusals stand between back-ticks."""
    ticked = attrs.evolve(fields, quote="`")
    return Deletion(
        exchange=cut(ticked.text("exchange"), EXCHANGE_BYTES)[0],
        instrument=cut(ticked.text("instrument"), INSTRUMENT_BYTES)[0],
        delete_ref=ticked.integer("delete_ref"),
        order_sys_id=cut(ticked.text("order_sys_id"), SYS_ID_BYTES)[0],
    )


def _whole(number: float) -> int:
    """As C++ casts it; beyond the range of an int it makes one below zero."""
    return int(number) if abs(number) <= INT_MAX else -INT_MAX - 1
