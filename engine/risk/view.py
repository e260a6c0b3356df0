"""What a control may look at: everything that is known about one wish, gathered before the checks."""

from decimal import Decimal

import attrs

from engine.model.enums import TradingStateWord, VenueStateWord
from engine.model.instrument import Instrument
from engine.model.money import ZERO
from engine.session.declaration import Capabilities


@attrs.frozen
class Reference:
    """A reference price as measured: mid or last, best bid and offer, and when (monotonic)."""

    price: float
    bid_price: float
    ask_price: float
    mono_ns: int


@attrs.define(kw_only=True)
class Sums:
    """What one owner (account or strategy) holds and has reserved, without the wish itself.

    For a change, what the order reserved before is taken out. `buys` and `sells` are of the
    instrument and count open, pending and unknown orders; `cancelling_*` is the part of them whose
    cancel is under way; `notional` is in the instrument's currency over all instruments, and so are
    `tied` (positions at cost and `notional`) and `loss` (of the day, negative for a profit), which
    are None unless a limit asks for them.
    """

    position: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    cancelling_buys: Decimal = ZERO
    cancelling_sells: Decimal = ZERO
    notional: Decimal = ZERO
    orders: int = 0
    instrument_orders: int = 0
    rate_full: bool = False
    tied: Decimal | None = None
    loss: Decimal | None = None


@attrs.define(kw_only=True)
class View:
    """The facts for one wish.

    Attributes:
        instrument: its definition, None when the venue has not given one.
        takes_orders: whether the venue takes any, False for one that delivers market data only.
        allowed: whether the instrument is on the strategy's list.
        replaces: whether the wish changes an order that is open already.
        reserve_quantity: what the order will reserve: its quantity, for a change the worse of both.
        worst_price: price that it is valued at, None when only a missing reference could tell.
        duplicate_age_ns: how long ago an equal order was placed, None for never.
        is_in_session: whether all configured trading hours are on.
        anchors: lowest and highest reference of the strategy's own orders in the window of each
            configured drift; None for a window without any.
        resting: the best price of own orders of the other side on the account, None for none.
        free_balance: of the account in the instrument's currency, None when it is not known.
    """

    instrument: Instrument | None
    capabilities: Capabilities | None
    allowed: bool
    venue_state: VenueStateWord
    venue_reason: str
    trading_state: TradingStateWord
    trading_reason: str
    reference: Reference | None
    replaces: bool
    reserve_quantity: Decimal
    worst_price: Decimal | None
    duplicate_age_ns: int | None
    account: Sums
    strategy: Sums
    is_in_session: bool = True
    anchors: tuple[tuple[float, float] | None, ...] = ()
    resting: Decimal | None = None
    free_balance: Decimal | None = None
    takes_orders: bool = True
