"""The high-water marks of what the router keeps and waits for, beside their declared bounds."""

from engine.orders.kernel import Kernel
from engine.orders.link import CONFLICTS_MAX
from engine.watermark import Levels


def levels(kernel: Kernel) -> Levels:
    """By name; one more than kept is held for the moment in which the oldest is dropped or all fails."""
    found: dict[str, tuple[float, float]] = {}
    for name, figures in kernel.book.figures.items():
        found[f"router.reports.{name}"] = figures.reports.kept_most.level
    for account, link in kernel.links.items():
        found[f"router.asked.{account}"] = link.asked_most.level
        found[f"router.parts.{account}"] = link.parts_most.level
        found[f"router.conflicts.{account}"] = (len(link.conflicts), CONFLICTS_MAX)
    return found
