"""The battery: every case in order, and what became of each for one venue package."""

from collections.abc import Iterator
from enum import StrEnum

import attrs
import trio

from engine.conformance import case, declarations, fuzzing, streams, trading
from engine.conformance.case import Case, Effort, can
from engine.conformance.declared import FaultName
from engine.conformance.package import VenuePackage

CASES: tuple[Case, ...] = (
    Case(number="declared", title="declares itself", trial=declarations.declares_itself),
    Case(number="simulator", title="serves and describes itself", trial=declarations.serves),
    Case(number="T-040", title="transcripts", trial=declarations.plays_transcripts),
    Case(number="T-041", title="hostile input", trial=fuzzing.outlives_hostile_input),
    Case(
        number="T-041-frame",
        title="broken frame on the wire",
        trial=streams.survives_broken_frames,
        needs=(case.shows_data, can(FaultName.BREAK_FRAME)),
    ),
    Case(
        number="T-042",
        title="state tables",
        trial=declarations.keeps_to_its_tables,
        needs=(case.has_tables,),
    ),
    Case(
        number="data",
        title="connects and delivers what is demanded",
        trial=streams.delivers,
        needs=(case.shows_data,),
        connects=True,
    ),
    Case(
        number="T-043",
        title="cut in login and subscription",
        trial=streams.survives_cuts,
        needs=(case.shows_data,),
        connects=True,
    ),
    Case(
        number="T-043-orders",
        title="cut in an order and its answer",
        trial=trading.survives_cut_orders,
        needs=(case.trades,),
    ),
    Case(
        number="T-044",
        title="silent peer",
        trial=streams.notices_silence,
        needs=(case.shows_data,),
        connects=True,
    ),
    Case(
        number="T-045",
        title="pings while closing",
        trial=streams.closes_in_order,
        needs=(case.shows_data,),
        connects=True,
    ),
    Case(
        number="T-046",
        title="rejected credentials",
        trial=streams.obeys_refusal,
        needs=(case.wants_credentials,),
    ),
    Case(
        number="T-047",
        title="forgotten login",
        trial=streams.logs_in_again,
        needs=(case.trades, can(FaultName.EXPIRE_LOGIN)),
        connects=True,
    ),
    Case(
        number="T-048",
        title="lost subscription",
        trial=streams.renews_subscriptions,
        needs=(case.shows_data, can(FaultName.LOSE_SUBSCRIPTION)),
    ),
    Case(
        number="T-049",
        title="missing change of a book",
        trial=streams.repairs_books,
        needs=(case.numbers_books, can(FaultName.SKIP_CHANGE)),
    ),
    Case(
        number="T-050",
        title="many losses in a row",
        trial=streams.survives_many_losses,
        needs=(case.shows_data,),
        connects=True,
    ),
    Case(
        number="T-055",
        title="error that names no request",
        trial=streams.survives_unrelated_errors,
        needs=(case.shows_data, can(FaultName.UNRELATED_ERROR)),
    ),
    Case(
        number="orders",
        title="orders live and end",
        trial=trading.lives_of_orders,
        needs=(case.trades,),
    ),
    Case(
        number="T-062",
        title="lost answer to an order",
        trial=trading.settles_doubts,
        needs=(case.trades,),
        connects=True,
    ),
    Case(
        number="cancel-all",
        title="native cancel of everything",
        trial=trading.sweeps,
        needs=(case.trades, case.cancels_all),
    ),
    Case(number="panic", title="panic", trial=trading.panics, needs=(case.trades,)),
)
"""All cases, pure ones first."""


class Verdict(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class Result:
    """What became of one case; `detail` says why it was skipped or how it failed."""

    number: str
    title: str
    verdict: Verdict
    detail: str = ""


def run(package: VenuePackage, effort: Effort, only: str = "") -> Iterator[Result]:
    """Try every case, one after another; those whose number begins with `only`."""
    for variant, each in trials(package):
        if each.number.startswith(only):
            yield trial_of(each, package, effort, variant)


def trials(package: VenuePackage) -> Iterator[tuple[str, Case]]:
    """Every case once, and those that concern connections once more for each variant."""
    yield from (("", each) for each in CASES)
    for variant in package.variants:
        kept = package.variant(variant)
        yield from (
            (variant, each)
            for each in CASES
            if each.connects and not (kept.alone and case.trades in each.needs)
        )


def trial_of(each: Case, package: VenuePackage, effort: Effort, variant: str = "") -> Result:
    """One case, in a trio run of its own."""
    package = package.variant(variant)
    told = {
        "number": f"{each.number} {variant}".strip(),
        "title": each.title,
    }
    reason = each.skipped_because(package)
    if reason:
        return Result(**told, verdict=Verdict.SKIPPED, detail=reason)
    try:
        trio.run(each.trial, package, effort)
    except Exception as error:  # noqa: BLE001 - whatever a venue's code raises is the answer
        return Result(**told, verdict=Verdict.FAILED, detail=_in_words(error))
    return Result(**told, verdict=Verdict.PASSED)


def _in_words(error: BaseException) -> str:
    """The first real exception of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
