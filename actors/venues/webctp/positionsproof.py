"""Who vouches for the positions: the seed, the day before as this session saw it, or nobody.

Kept apart from the book, which only counts. What is unproven is told with each reconciliation, in words
that stay the same while the reason does, because the router acts on each new reason.
"""

from collections.abc import Iterable
from typing import Final

from actors.venues.webctp.account import Account, check_margin
from actors.venues.webctp.orderscontracts import Contracts
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.positions import Overnight
from actors.venues.webctp.seed import Kept, Seed, carried, kept_in, text_of

NO_SEED: Final = "nobody says what was held overnight: name a seed of positions (orders.seed)"
WORDS_MAX: Final = 300


class Proof:
    """What the positions of the trading day rest on.

    Args:
        day: orders, trades and positions.
        contracts: margin ratios.
        seed: of the settings, None without one.
        account: broker id and investor id.
        tolerance: of the check by the margin.
    """

    def __init__(
        self,
        day: DayOrders,
        contracts: Contracts,
        seed: Seed | None,
        account: tuple[str, str],
        tolerance: float,
    ) -> None:
        self._day = day
        self._contracts = contracts
        self._seed = seed
        self._owner = account
        self._tolerance = tolerance
        self._earlier: Kept | None = None
        self._opening: tuple[Overnight, ...] = ()
        self._seed_doubt = NO_SEED
        self._suspected = ""
        self._contradiction = ""

    def remember(self, text: str) -> None:
        """What the last boot kept; of another account, or no such text, it is nothing."""
        kept = kept_in(text)
        if kept is not None and (kept.opening.broker_id, kept.opening.investor_id) == self._owner:
            self._earlier = kept

    def keep(self, *, over: bool) -> str:
        """What the next boot has to know; empty while the positions are unproven."""
        day = self._day.trading_day
        if not day or self.unproven():
            return ""
        closing = carried(day, *self._owner, self._day.positions.overnight())
        opening = carried(day, *self._owner, self._opening)
        return Kept(opening=opening, closing=closing, over=over).text()

    def begin_day(self, trading_day: str, *, seen: bool) -> str:
        """Seed the book for this day, as far as somebody's word is there.

        Args:
            trading_day: the day that begins.
            seen: nothing of the day before can have traded unseen at its end.

        Returns the seed that the day before leads to, as a file's text, where it was seen whole.
        """
        previous = self._day.trading_day
        kept = self._kept() if previous and seen else None
        overnight, self._seed_doubt = self._overnight(trading_day, previous, kept)
        self._opening = tuple(overnight)
        self._day.positions.seed(trading_day, self._opening)
        self._day.begin_day(trading_day)
        self._day.proven = not self._seed_doubt
        self._suspected = self._contradiction = ""
        for each in self._opening:
            if each.price is not None:
                self._day.learn_price(each.instrument, each.price)
        return "" if kept is None else text_of(carried(trading_day, *self._owner, kept))

    def _kept(self) -> tuple[Overnight, ...] | None:
        """What the day that ends leaves; None where it is unproven, or trades of it never came."""
        if self.unproven() or self._day.owing or self._day.strays:
            return None
        return tuple(self._day.positions.overnight())

    def _overnight(
        self, trading_day: str, previous: str, kept: tuple[Overnight, ...] | None
    ) -> tuple[Iterable[Overnight], str]:
        """A dated seed of this very day first, then what was seen of it or of the day before."""
        seed, doubt = self._seed, NO_SEED
        if seed is not None and seed.trading_day:
            doubt = seed.doubt(trading_day, *self._owner)
            if not doubt:
                return seed.positions, ""
        if kept is not None:
            return kept, ""
        if not previous and self._earlier is not None:
            found = self._of_last_boot(self._earlier, trading_day)
            if found is not None:
                return found, ""
            doubt = f"of {self._earlier.opening.trading_day} an earlier boot did not see the end"
        elif seed is not None and not seed.trading_day and not previous:
            return seed.positions, ""
        if previous:
            doubt = f"the trading day before, {previous}, was not seen to its end; {doubt}"
        return (), doubt

    @staticmethod
    def _of_last_boot(kept: Kept, trading_day: str) -> tuple[Overnight, ...] | None:
        """The opening of the same day, or what a day left that was over."""
        day = kept.opening.trading_day
        if day == trading_day:
            return kept.opening.positions
        return kept.closing.positions if kept.over and day < trading_day else None

    def look(self, account: Account) -> str:
        """Compare with the margin, once per reconciliation; what is a matter of degree, for people.

        The account is of another moment than the trades, so a contradiction must be found twice, but for
        that with the day before, which stands still.
        """
        positions = self._day.positions
        listed = [one for name in positions.instruments if (one := self._contracts.get(name))]
        check = check_margin(account, positions, listed, self._tolerance)
        same = check.certain or check.contradiction == self._suspected
        self._contradiction = check.contradiction if same else ""
        self._suspected = check.contradiction
        return check.doubt

    def unproven(self) -> str:
        """Why the positions rest on nobody's word; empty when they rest on somebody's."""
        if self._seed_doubt:
            return self._seed_doubt
        if faults := self._day.positions.faults():
            words = f"more was closed than seed and trades hold: {', '.join(faults)}"
            return words[:WORDS_MAX]
        if self._day.unread:
            return f"could not be read: {next(iter(self._day.unread))}"[:WORDS_MAX]
        return self._contradiction
