"""User-defined spreads: markets that clients make of others, priced by what the legs imply."""

from typing import Any, Final

from actors.venues.t4.simulator.codes import ContractType
from actors.venues.t4.simulator.listings import Leg, Listing
from actors.venues.t4.simulator.market import Market
from actors.venues.t4.simulator.ordercodes import BuySell
from actors.venues.t4.simulator.spreads import implied_top, same_legs
from actors.venues.t4.simulator.states import MarketState
from actors.venues.t4.simulator.tickets import Refusal
from engine.exchange.feeds import TopSet
from engine.exchange.matching import NO_TOP, Top
from engine.simulator.moment import Moment

LEGS_MAX: Final = 40
LEG_VOLUME_MAX: Final = 1_000
SPREADS_MAX: Final = 100
"""Spreads that clients may make; a runaway client is told so."""


class Spreads:
    """The spreads that clients have made.

    Args:
        market: where their legs are traded, and they themselves from then on.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self._by_leg: dict[str, list[Listing]] = {}
        self._tops: dict[str, Top] = {}

    def create(self, message: Any, now: Moment) -> tuple[Listing, bool]:
        """The spread of a `create_uds`, and whether it is a new one.

        Raises:
            Refusal: no spread can be made of these legs.
        """
        legs = [self._leg(each) for each in message.legs[: LEGS_MAX + 1]]
        if not 2 <= len(legs) <= LEGS_MAX:
            raise Refusal(f"a spread has from 2 to {LEGS_MAX} legs")
        if len({market_id for market_id, _ in legs}) < len(legs):
            raise Refusal("a leg is named twice")
        listings = [self._market.states[market_id].listing for market_id, _ in legs]
        if (
            len({(each.exchange_id, each.price_increment, each.multiplier) for each in listings})
            > 1
        ):
            raise Refusal("the legs differ in exchange, tick or point value")
        for state in self._market.states.values():
            if same_legs(legs, state.listing):
                return state.listing, False
        if len(self._tops) >= SPREADS_MAX:
            raise Refusal("too many spreads")
        listing = self._list(legs, listings[0], int(message.strategy_type), now)
        return listing, True

    def _leg(self, leg: Any) -> tuple[str, int]:
        state = self._market.states.get(leg.market_id)
        if state is None or state.listing.legs or state.listing.expired:
            raise Refusal(f"{leg.market_id} cannot be a leg")
        if leg.buy_sell not in (BuySell.BUY, BuySell.SELL):
            raise Refusal("a leg is neither bought nor sold")
        if not 0 < leg.volume <= LEG_VOLUME_MAX:
            raise Refusal(f"volume {leg.volume} of a leg is not from 1 to {LEG_VOLUME_MAX}")
        return leg.market_id, leg.volume * leg.buy_sell

    def _list(
        self, legs: list[tuple[str, int]], first: Listing, strategy: int, now: Moment
    ) -> Listing:
        """Make the market of a spread."""
        number = len(self._tops) + 1
        listing = Listing(
            market_id=f"X{first.exchange_id} {first.contract_id} (UDS {number})",
            exchange_id=first.exchange_id,
            contract_id=first.contract_id,
            description=f"User-defined spread {number}",
            expiry_date=first.expiry_date,
            price_increment=first.price_increment,
            multiplier=first.multiplier,
            reference_price=first.price_increment,
            margin=first.margin,
            real_decimals=first.real_decimals,
            clearing_decimals=first.clearing_decimals,
            contract_type=ContractType.UDS,
            strategy_type=strategy,
            legs=tuple(Leg(market_id, volume) for market_id, volume in legs),
            currency=first.currency,
        )
        self._market.exchange.list_instrument(listing.instrument())
        self._market.states[listing.market_id] = MarketState(
            listing, listing.reference_price, now.wall_ns
        )
        self._tops[listing.market_id] = NO_TOP
        for market_id, _ in legs:
            self._by_leg.setdefault(market_id, []).append(listing)
        self.imply(legs[0][0], now)
        return listing

    def made_of(self, market_id: str) -> bool:
        """Whether a market is a leg of any of them."""
        return market_id in self._by_leg

    def imply(self, market_id: str, now: Moment) -> None:
        """A leg's prices moved: its spreads' do too."""
        for listing in self._by_leg.get(market_id, ()):
            top = implied_top(self._market, listing)
            if top != self._tops[listing.market_id]:
                self._tops[listing.market_id] = top
                event = TopSet(listing.market_id, *top, now.wall_ns)
                self._market.publish(self._market.exchange.market(event, now.wall_ns), now)
