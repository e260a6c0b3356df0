"""Accounts as the venue writes them: details, money, positions, profits (fact sheet, section 5)."""

from decimal import Decimal
from typing import Final

from actors.venues.t4.simulator.ledger import Ledger, Position
from actors.venues.t4.simulator.orderevents import filled_in, stamp
from actors.venues.t4.simulator.prices import Payload, text_of, tick_value
from actors.venues.t4.simulator.watching import Seen

FIRM: Final = "CTS"
ENABLED: Final = 1
CURRENCY: Final = "USD"


def money(amount: Decimal) -> float:
    """Money as the wire has it."""
    return float(amount)


def details(ledger: Ledger, firm_id: str) -> Payload:
    """AccountDetails: names and limits."""
    terms = ledger.terms
    return filled_in(
        {
            "account_id": ledger.account_id,
            "account_name": ledger.name,
            "account": ledger.number,
            "display_name": ledger.name,
            "enabled": ENABLED,
            "max_clip_size": terms.max_clip_size,
            "pre_trade_disabled": not terms.pre_trade,
            "position_rollover": True,
            "firm_id": firm_id,
            "firm": FIRM,
            "margin_pc": 100,
            "overnight_margin_pc": 100,
            "order_routing": True,
            "max_account_position": terms.max_account_position,
            "price_banding": terms.price_banding,
        }
    )


def currency() -> Payload:
    """AccountCurrency: everything is in one."""
    return {"currency": CURRENCY, "rate": 1.0, "import_factor": 1.0}


def update(ledger: Ledger) -> Payload:
    """AccountUpdate: money."""
    margin = money(ledger.margin())
    return filled_in(
        {
            "account_id": ledger.account_id,
            "status": int(ledger.status),
            "balance": money(ledger.balance),
            "rpl": money(ledger.realised),
            "margin": margin,
            "day_margin": margin,
            "full_margin": margin,
            "base_margin": margin,
            "pre_trade_margin": money(ledger.pre_trade_margin()),
            "fees_and_commissions": money(ledger.fees),
        }
    )


def position(ledger: Ledger, held: Position, price_format: int, wall_ns: int) -> Payload:
    """AccountPosition: one market; prices only where there is a volume behind them."""
    listing = held.listing

    def price(ticks: int | Decimal | None, volume: int) -> Payload | None:
        if ticks is None or not volume:
            return None
        return {"value": text_of(listing, ticks, price_format)}

    margin = money(abs(held.net) * listing.margin)
    return filled_in(
        {
            "account_id": ledger.account_id,
            "exchange_id": listing.exchange_id,
            "contract_id": listing.contract_id,
            "market_id": listing.market_id,
            "buys": held.buys,
            "sells": held.sells,
            "working_buys": held.working_buys,
            "working_sells": held.working_sells,
            "rpl": money(held.realised * tick_value(listing)),
            "margin": margin,
            "overnight_position": held.overnight,
            "currency_rate": 1.0,
            "trade_date": stamp(wall_ns),
            "total_open_volume": abs(held.net),
            "fees_and_commissions": money(held.fees),
            "day_buys": held.day_buys,
            "day_sells": held.day_sells,
            "average_open_price": price(held.average, held.net),
            "total_open_price": price(held.cost, held.net),
            "total_buy_fill_price": price(held.bought, held.buys),
            "total_sell_fill_price": price(held.sold, held.sells),
            "day_total_buy_fill_price": price(held.day_bought, held.day_buys),
            "day_total_sell_fill_price": price(held.day_sold, held.day_sells),
            "total_overnight_price": price(held.overnight_cost, held.overnight),
            "margin_time": stamp(wall_ns),
            "day_margin": margin,
            "full_margin": margin,
            "pre_trade_margin": money(held.worst() * listing.margin),
        }
    )


def position_profit(held: Position, seen: Seen) -> dict[str, object]:
    """The figures of AccountPositionProfit: `upl` at the price one would get, `upl_trade` at the last."""
    value = tick_value(held.listing)
    exit_ticks = seen.bid if held.net > 0 else seen.ask
    upl = held.unrealised(seen.last if exit_ticks is None else exit_ticks) * value
    upl_trade = held.unrealised(seen.last) * value
    rpl = held.realised * value
    figures = {"upl": upl, "upl_trade": upl_trade, "rpl": rpl}
    figures |= {"day_upl": upl, "day_upl_trade": upl_trade, "day_rpl": rpl}
    in_usd = {f"{name}_usd": amount for name, amount in figures.items()}
    net: dict[str, object] = {
        "net": float(held.net),
        "day_net": float(held.day_buys - held.day_sells),
    }
    return net | {name: money(amount) for name, amount in (figures | in_usd).items()}


def account_profit(
    ledger: Ledger, profits: list[dict[str, object]], orders: int, volume: int
) -> dict[str, object]:
    """The figures of AccountProfit; `profits` are those of all positions."""

    def total(name: str) -> float:
        return sum(float(str(each[name])) for each in profits)

    upl = total("upl")
    rpl = money(ledger.realised)
    return {
        "upl": upl,
        "upl_trade": total("upl_trade"),
        "rpl": rpl,
        "day_upl": upl,
        "day_upl_trade": total("upl_trade"),
        "day_rpl": rpl,
        "total_working_orders": orders,
        "total_working_volume": volume,
        "is_alerting_live_margin": money(ledger.balance) + upl < money(ledger.margin()),
        "available_cash": money(ledger.balance - ledger.pre_trade_margin()) + upl,
    }
