"""Who orders belong to: strategies of the configuration, and `operator` for what is done by hand.

The owner `operator` is built in. It trades in the engine's own mode whatever the venues define, within
its own section of limits (`[risk.strategies.operator]`), and has no process: nobody is told its reports.
A strategy that was removed from the configuration still owns what it left behind.
"""

from engine.model.enums import Mode
from engine.model.instrument import venue_of
from engine.orders.kernel import Kernel
from engine.orders.settings import OPERATOR_OWNER, StrategyRights

__all__ = ["OPERATOR_OWNER", "is_known", "mode_of", "owners", "rights_of"]


def owners(kernel: Kernel) -> list[str]:
    """All that orders may be given to."""
    return [*kernel.settings.strategies, OPERATOR_OWNER]


def is_known(kernel: Kernel, owner: str) -> bool:
    """Whether the configuration knows the owner."""
    return owner == OPERATOR_OWNER or owner in kernel.settings.strategies


def rights_of(kernel: Kernel, owner: str) -> StrategyRights | None:
    """What an owner may trade; None for one that the configuration does not know."""
    if owner != OPERATOR_OWNER:
        return kernel.settings.strategies.get(owner)
    mode = kernel.settings.mode
    venues = {link.venue for link in kernel.links.values() if link.settings.mode is mode}
    names = tuple(name for name in kernel.book.instruments if venue_of(name) in venues)
    return StrategyRights(instruments=names, mode=mode)


def mode_of(kernel: Kernel, owner: str) -> Mode:
    """The mode an owner trades in; of a removed one as its last declaration says."""
    return kernel.mode_of(owner)
