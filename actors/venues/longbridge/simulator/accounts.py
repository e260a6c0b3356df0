"""The accounts at the start of a simulator: what they own, and how they play."""

from collections.abc import Collection, Sequence

from actors.venues.longbridge.simulator.ledger import HKD_PER, Ledger
from actors.venues.longbridge.simulator.tradesettings import TradeSettings
from engine.errors import ConfigError, Problem


def opened(
    settings: TradeSettings, names: Sequence[tuple[str, bool]], listed: Collection[str]
) -> list[Ledger]:
    """The accounts at the start, by number and whether it is paper.

    Raises:
        ConfigError: shares of a security, or cash of a currency, that does not exist here.
    """
    problems = [
        Problem("holdings", f"{symbol} is not listed", f"one of {', '.join(listed)}")
        for symbol in settings.holdings
        if symbol not in listed
    ]
    problems += [
        Problem("balances", f"{currency} is not known", f"one of {', '.join(HKD_PER)}")
        for currency in settings.balances
        if currency not in HKD_PER
    ]
    if problems:
        raise ConfigError(*problems)
    return [_opened(settings, name, paper=paper) for name, paper in names]


def _opened(settings: TradeSettings, name: str, *, paper: bool) -> Ledger:
    ledger = Ledger(
        name=name,
        paper=paper,
        financing=settings.financing,
        fee_rate=settings.fee_rate,
        cash=dict(settings.balances),
    )
    for symbol, quantity in settings.holdings.items():
        ledger.give(symbol, quantity)
    return ledger
