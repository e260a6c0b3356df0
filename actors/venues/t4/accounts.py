"""The account as the venue tells it: what it holds, what money is in it, whether it may trade.

Which account that is, is decided at the login: the one that the settings name, or the only one that the
venue lists. A snapshot replaces everything, single messages change what they name.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.orderrecords import PricingOf
from actors.venues.t4.proto import enums_pb2
from actors.venues.t4.symbols import id_of
from engine.errors import ConfigError, Problem, RemoteProtocolError
from engine.messages.venue import VenueBalance, VenuePosition
from engine.model.money import ZERO
from engine.session.contract import Note
from engine.session.values import malformed, shorten

POSITIONS_MAX: Final = 5_000
"""Markets with a position or working orders in one account."""
MONEY_PLACES: Final = Decimal("0.01")
"""Money is told as a binary number; what is behind the cent is its noise."""
MONEY_MAX: Final = 1e15

_E = enums_pb2
_FINE: Final = frozenset({_E.ACCOUNT_STATUS_OK, _E.ACCOUNT_STATUS_UNRESTRICTED})
_LISTED_MAX: Final = 10


def choose(listed: Iterable[Any], wanted: str) -> str:
    """The id of the account to trade on.

    Args:
        listed: accounts of the login response.
        wanted: id, number or name; empty for the only one.

    Raises:
        ConfigError: none or several answer to that.
    """
    accounts = list(listed)
    fitting = [a for a in accounts if not wanted or wanted in _names_of(a)]
    ids = {a.account_id for a in fitting if wire.is_identifier(a.account_id)}
    if len(ids) == 1:
        return str(ids.pop())
    names = ", ".join(shorten(a.account_number or a.account_id, 40) for a in accounts[:_LISTED_MAX])
    said = f"the login lists {names or 'no account'}"
    problem = f"{wanted!r} is not one account: {said}" if wanted else f"none is named, and {said}"
    raise ConfigError(Problem("venues.t4.account", problem, "name one by its number"))


def _names_of(account: Any) -> tuple[str, ...]:
    return (
        account.account_id,
        account.account_number,
        account.account_name,
        account.display_name,
    )


@attrs.define(eq=False)
class Held:
    """A position: contracts bought and sold, overnight included, and the price of what is open."""

    buys: int = 0
    sells: int = 0
    average: str = ""

    @property
    def net(self) -> int:
        """Signed."""
        return self.buys - self.sells


class Account:
    """One account."""

    def __init__(self) -> None:
        self._positions: dict[str, Held] = {}
        self._money: Any = None
        self._cash: float | None = None
        self.status: int = _E.ACCOUNT_STATUS_UNKNOWN
        self.unrealized: float | None = None
        """Profit of open positions by the venue's reckoning, where it tells it."""
        self.realized: float | None = None
        """Profit of today, likewise."""

    # --- what the venue tells -----------------------------------------------------------------

    def begin(self) -> None:
        """A snapshot follows: what it does not tell is gone."""
        self._positions.clear()

    def position(self, message: Any) -> None:
        """`AccountPosition`. Raises RemoteProtocolError."""
        market_id = wire.identifier(message.market_id, "market_id")
        held = self._positions.get(market_id)
        if held is None:
            if len(self._positions) >= POSITIONS_MAX:
                malformed("positions", f"at most {POSITIONS_MAX}")
            held = self._positions[market_id] = Held()
        held.buys = wire.volume(message.buys, "buys")
        held.sells = wire.volume(message.sells, "sells")
        held.average = (
            message.average_open_price.value if message.HasField("average_open_price") else ""
        )

    def update(self, message: Any) -> list[Note]:
        """`AccountUpdate`: money, and whether the account may trade."""
        self._money = message
        return self.stated(message.status)

    def stated(self, status: int) -> list[Note]:
        """A status; one that forbids trading is told once."""
        before, self.status = self.status, status
        if status == before or status in _FINE or status == _E.ACCOUNT_STATUS_UNKNOWN:
            return []
        return [Note("account_restricted", _status_name(status), alert=True)]

    def profit(self, message: Any) -> None:
        """`AccountProfit`: only what has changed is in it."""
        if message.HasField("available_cash"):
            self._cash = message.available_cash
        if message.HasField("upl"):
            self.unrealized = message.upl
        if message.HasField("rpl"):
            self.realized = message.rpl

    # --- what the router asks -----------------------------------------------------------------

    def net(self, market_id: str) -> int:
        """The position in a market."""
        held = self._positions.get(market_id)
        return 0 if held is None else held.net

    def positions(self, pricing_of: PricingOf) -> tuple[VenuePosition, ...]:
        """What is held; the price of what is open where it can be read."""
        return tuple(
            VenuePosition(
                instrument=id_of(market_id),
                quantity=Decimal(held.net),
                avg_px=_average(held.average, market_id, pricing_of),
            )
            for market_id, held in self._positions.items()
            if held.net
        )

    def balances(self, currency: str) -> tuple[VenueBalance, ...]:
        """Cash, today's realized profit in it; what margin leaves, where the venue says no more."""
        if self._money is None:
            return ()
        total = money(self._money.balance)
        margin = money(self._money.margin)
        available = total - margin if self._cash is None else money(self._cash)
        return (VenueBalance(currency=currency, total=total, available=available),)


def money(value: float) -> Decimal:
    """An amount of the venue, in cents. Raises RemoteProtocolError for what is no amount."""
    if not -MONEY_MAX < value < MONEY_MAX:  # also what is no number
        malformed("an amount", "money")
    return Decimal(repr(value)).quantize(MONEY_PLACES)


def _average(text: str, market_id: str, pricing_of: PricingOf) -> Decimal:
    pricing = pricing_of(market_id)
    if not text or pricing is None:
        return ZERO
    try:
        return pricing.real(text, "average_open_price")
    except RemoteProtocolError:  # an average may have more digits than a price: it is for display
        return ZERO


def _status_name(status: int) -> str:
    value = _E.AccountStatus.DESCRIPTOR.values_by_number.get(status)
    return str(status) if value is None else str(value.name).removeprefix("ACCOUNT_STATUS_").lower()
