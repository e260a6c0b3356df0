"""What the market looks like in messages: pure functions from states to bodies, in one price format."""

from collections.abc import Sequence
from typing import Any, Final

from actors.venues.t4.simulator import messages
from actors.venues.t4.simulator.codes import BidOffer, UpdateType
from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.market import Levels
from actors.venues.t4.simulator.messages import price, timestamp
from actors.venues.t4.simulator.orderbook import Change
from actors.venues.t4.simulator.states import MarketState, Print
from engine.exchange.model import Side

SIDES: Final = {Side.BUY: BidOffer.BID, Side.SELL: BidOffer.OFFER}
STALE_TIMES: Final = 10
"""By how much the increment of stale details is off."""


def details(
    listing: Listing, price_format: int, *, point_value: str, activated_ns: int, stale: bool = False
) -> Any:
    """The terms of a market."""
    increment = listing.price_increment * (STALE_TIMES if stale else 1)
    margin = float(listing.margin)
    return messages.MarketDetails(
        market_id=listing.market_id,
        exchange_id=listing.exchange_id,
        contract_id=listing.contract_id,
        expiry_date=listing.expiry_date,
        contract_type=listing.contract_type,
        decimals=0,
        point_value=messages.Decimal(value=point_value),
        min_price_increment=price(listing.text(increment, price_format)),
        activation_date=timestamp(activated_ns),
        last_client_update_time=timestamp(activated_ns),
        delist_date=listing.expiry_date,
        exchange_delist_date=listing.expiry_date,
        market_ref=listing.market_id,
        legs=[_leg(place, each) for place, each in enumerate(listing.legs)],
        details=listing.description,
        strategy_type=listing.strategy_type,
        real_decimals=listing.real_decimals,
        display_decimals=listing.real_decimals,
        clearing_decimals=listing.clearing_decimals,
        volume_increment=1,
        strategy_ratio=1.0 if listing.legs else 0.0,
        disabled=listing.expired,
        maint_intra_margin=margin,
        maint_margin=margin,
    )


def _leg(place: int, leg: Any) -> Any:
    return messages.MarketDetailsLegItem(
        market_id=leg.market_id, group=place, volume=leg.volume, delta="0"
    )


def depth(
    state: MarketState,
    book: tuple[Levels, Levels],
    implied: tuple[Levels, Levels],
    price_format: int,
    *,
    buffer: int,
    levels: int,
    delayed: bool,
) -> Any:
    """The full image of a book."""
    bids, offers = book
    message = messages.MarketDepth(
        market_id=state.market_id,
        depth_levels=levels,
        depth_buffer=buffer,
        time=timestamp(state.changed_ns),
        delayed=delayed,
        bids=_lines(state, Side.BUY, bids, price_format),
        offers=_lines(state, Side.SELL, offers, price_format),
        implied_bids=_lines(state, Side.BUY, implied[0], price_format),
        implied_offers=_lines(state, Side.SELL, implied[1], price_format),
        mode=state.mode,
        flags=state.flags,
    )
    if state.last is not None:
        message.trade_data.CopyFrom(_trade_data(state, state.last, price_format))
    return message


def _lines(state: MarketState, side: Side, levels: Levels, price_format: int) -> list[Any]:
    listing, orders = state.listing, state.orders
    return [
        messages.MarketDepthDepthLine(
            price=price(listing.ticks_text(ticks, price_format)),
            volume=lots,
            num_orders=orders.orders_at(side, ticks) or 1,
        )
        for ticks, lots in levels
    ]


def _trade_data(state: MarketState, last: Print, price_format: int) -> Any:
    return messages.MarketDepthTradeData(
        total_traded_volume=last.total,
        total_trade_count=last.number,
        last_trade_price=price(state.listing.ticks_text(last.ticks, price_format)),
        last_trade_volume=last.lots,
        last_trade_total_volume=state.day.at_last_price,
        at_bid_or_offer=last.aggressor,
        time=timestamp(last.at_ns),
    )


def trade(state: MarketState, print_: Print, price_format: int, *, delayed: bool) -> Any:
    """One trade."""
    return messages.MarketDepthTrade(
        market_id=state.market_id,
        time=timestamp(print_.at_ns),
        total_traded_volume=print_.total,
        last_trade_volume=print_.lots,
        at_bid_or_offer=print_.aggressor,
        delayed=delayed,
        order_volumes=print_.volumes,
        total_trade_count=print_.number,
        last_trade_price=price(state.listing.ticks_text(print_.ticks, price_format)),
        mode=state.mode,
    )


def high_low(state: MarketState, price_format: int, at_ns: int, *, delayed: bool) -> Any:
    """The day's extremes; None before the first trade."""
    day, listing = state.day, state.listing
    if day.open is None or day.high is None or day.low is None:
        return None
    return messages.MarketHighLow(
        market_id=state.market_id,
        open_price=price(listing.ticks_text(day.open, price_format)),
        high_price=price(listing.ticks_text(day.high, price_format)),
        low_price=price(listing.ticks_text(day.low, price_format)),
        trade_date=state.trade_date,
        time=timestamp(at_ns),
        delayed=delayed,
    )


def limits(state: MarketState, price_format: int, *, delayed: bool) -> Any:
    """The price limits."""
    listing = state.listing
    high, low = state.settlement + state.limit_ticks, state.settlement - state.limit_ticks
    return messages.MarketPriceLimits(
        market_id=state.market_id,
        high_price=price(listing.ticks_text(high, price_format)),
        low_price=price(listing.ticks_text(low, price_format)),
        time=timestamp(state.settled_ns),
        delayed=delayed,
    )


def settlement(state: MarketState, price_format: int, *, delayed: bool) -> Any:
    """The settlement price."""
    at = timestamp(state.settled_ns)
    return messages.MarketSettlement(
        exchange_id=state.listing.exchange_id,
        market_id=state.market_id,
        delayed=delayed,
        settlement_price=price(state.listing.ticks_text(state.settlement, price_format)),
        settlement_time=at,
        settlement_trade_date=at,
    )


def mbo_snapshot(state: MarketState, price_format: int) -> Any:
    """All orders of a market."""
    listing = state.listing
    return messages.MarketByOrderSnapshot(
        market_id=state.market_id,
        time=timestamp(state.changed_ns),
        mode=state.mode,
        last_sequence=state.sequence,
        orders=[
            messages.MarketByOrderSnapshotOrder(
                order_id=each.order_id,
                bid_offer=SIDES[each.side],
                price=price(listing.ticks_text(each.ticks, price_format)),
                volume=each.lots,
                priority=each.priority,
            )
            for each in state.orders.standing()
        ],
    )


def mbo_update(state: MarketState, changes: Sequence[Change], price_format: int, at_ns: int) -> Any:
    """One step of a market by order."""
    return messages.MarketByOrderUpdate(
        market_id=state.market_id,
        time=timestamp(at_ns),
        mode=state.mode,
        sequence=state.sequence,
        updates=[_update(state.listing, each, price_format) for each in changes],
    )


def _update(listing: Listing, change: Change, price_format: int) -> Any:
    if change.kind is UpdateType.CLEAR:
        return messages.MarketByOrderUpdateUpdate(update_type=change.kind)
    return messages.MarketByOrderUpdateUpdate(
        update_type=change.kind,
        order_id=change.order_id,
        bid_offer=SIDES[change.side],
        price=price(listing.ticks_text(change.ticks, price_format)),
        volume=change.lots,
        priority=change.priority,
    )


def mbo_trade(state: MarketState, print_: Print, price_format: int, sequence: int) -> Any:
    """One trade with the orders that it matched."""
    aggressor = {BidOffer.BID: BidOffer.OFFER, BidOffer.OFFER: BidOffer.BID}.get(print_.aggressor)
    return messages.MarketByOrderTrade(
        market_id=state.market_id,
        time=timestamp(print_.at_ns),
        trade_price=price(state.listing.ticks_text(print_.ticks, price_format)),
        trade_volume=print_.lots,
        aggressor_side=aggressor or BidOffer.UNDEFINED,
        sequence=sequence,
        orders=[
            messages.MarketByOrderTradeOrderDetail(
                order_id=each.order_id, volume=each.lots, bid_offer=SIDES[each.side]
            )
            for each in print_.matched
        ],
    )
