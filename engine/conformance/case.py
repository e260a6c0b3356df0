"""What a case is: a numbered demand, when it applies, and the code that tries it."""

from collections.abc import Awaitable, Callable

import attrs

from engine.conformance.declared import FaultName
from engine.conformance.package import VenuePackage


@attrs.frozen(kw_only=True)
class Effort:
    """How much a run of the battery may cost.

    Attributes:
        patience: what every time limit is multiplied by; more than 1 on a busy machine.
        inputs: hostile inputs for each kind of protocol.
        seed: decides them.
        cuts: bytes at which a connection is cut, in each direction; 0 for every byte.
        reconnects: connections lost in a row.
    """

    patience: float = 1.0
    inputs: int = 100_000
    seed: int = 1
    cuts: int = 6
    reconnects: int = 20


Trial = Callable[[VenuePackage, Effort], Awaitable[None]]
"""Raises NotConformantError, or whatever the venue's code raises, when the package fails."""

Need = Callable[[VenuePackage], str]
"""Why a case does not apply to a package; empty when it does."""


@attrs.frozen(kw_only=True)
class Case:
    """One case.

    Attributes:
        number: as the project promises it (`T-043`).
        title: what must hold, in a few words.
        trial: tries it.
        needs: all must be met.
        connects: whether it concerns connections, so that it is tried under each variant too.
    """

    number: str
    title: str
    trial: Trial
    needs: tuple[Need, ...] = ()
    connects: bool = False

    def skipped_because(self, package: VenuePackage) -> str:
        """The first need that is not met, in words; empty when the case applies."""
        return next(filter(None, (need(package) for need in self.needs)), "")


def trades(package: VenuePackage) -> str:
    """The venue takes orders."""
    if package.venue.trade is None:
        return "the venue takes no orders"
    return "" if package.conformance.orders is not None else "no orders are declared"


def shows_data(package: VenuePackage) -> str:
    """The venue has market data to look at."""
    return "" if package.conformance.topics else "no topics are declared"


def numbers_books(package: VenuePackage) -> str:
    """The venue has books whose changes are numbered."""
    return (
        "" if package.conformance.book is not None else "no book with numbered changes is declared"
    )


def has_tables(package: VenuePackage) -> str:
    """The venue declares state tables."""
    return "" if package.conformance.tables else "no state tables are declared"


def wants_credentials(package: VenuePackage) -> str:
    """Some session of the venue logs in."""
    venue = package.venue
    logs_in = venue.data_secrets or venue.trade is not None
    return "" if logs_in and venue.credentials else "no session needs credentials"


def can(fault: FaultName) -> Need:
    """The simulator can misbehave in this way."""

    def need(package: VenuePackage) -> str:
        found = fault in package.conformance.faults
        return "" if found else f"no fault {fault.value!r} is declared"

    return need


def cancels_all(package: VenuePackage) -> str:
    """The venue cancels everything natively."""
    found = package.venue.capabilities.cancel_all
    return "" if found else "the venue cannot cancel everything natively"
