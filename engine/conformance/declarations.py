"""What can be said of a venue package without running it, and of its simulator by asking it once."""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import attrs

from engine.conformance.case import Effort
from engine.conformance.package import VenuePackage
from engine.conformance.stage import feed_topics, open_stage
from engine.conformance.transcripts import find, play
from engine.conformance.verdict import demand
from engine.session.declaration import Venue
from engine.session.demand import KIND_WORDS
from engine.session.endpoints import links_of, made_up
from engine.settings.converter import structure

_DESCRIBED = ("venue", "endpoints", "credentials", "instruments")
_INSTRUMENT = ("symbol", "price_increment", "lot", "reference_price")
_MARK = re.compile(r"^\|\s*\[?[A-Z]\w?\]?\s*\|", re.MULTILINE)
_CERTAINTY = re.compile(r"^#+ .*certain", re.MULTILINE | re.IGNORECASE)
MARKS_MIN = 2
"""Kinds of certainty that a README tells apart: what is documented, and what is inferred."""


async def declares_itself(package: VenuePackage, _effort: Effort) -> None:
    """Declaration, settings, credentials, capabilities and README are there and agree."""
    problems = [
        *_names(package.venue),
        *_settings(package),
        *_capabilities(package.venue),
        *_protocols(package),
        *_readme(package),
        *_topics(package),
    ]
    demand(not problems, "; ".join(problems))


def _names(venue: Venue) -> Iterator[str]:
    if not venue.title:
        yield "the venue has no title"
    if set(venue.simulator_credentials) != set(venue.credentials):
        yield "the simulator's credentials are not those that the venue needs"
    if not set(venue.data_secrets) <= set(venue.credentials):
        yield "data_secrets names what is not among the credentials"
    limits = [(budget.name, budget.window_s) for budget in venue.budgets]
    if len(set(limits)) != len(limits):
        yield f"a budget has two limits for one time: {limits}"
    if any(budget.count < 1 or not budget.window_s > 0 for budget in venue.budgets):
        yield "a budget lets nothing pass"


def _settings(package: VenuePackage) -> Iterator[str]:
    venue = package.venue
    empty: Any = structure({}, venue.settings, path=venue.name)
    if not callable(getattr(empty, "for_simulator", None)):
        yield "its settings have no method for_simulator"
    if not isinstance(venue.http_base_url(empty), str):
        yield "http_base_url gives no text"
    structure(dict(package.conformance.settings), venue.settings, path=venue.name)
    structure(dict(package.conformance.simulator), package.simulator.SimulatorSettings, path="")


def _capabilities(venue: Venue) -> Iterator[str]:
    can = venue.capabilities
    unknown = set(can.market_kinds) - set(KIND_WORDS)
    if unknown:
        yield f"market_kinds names what there is not: {sorted(unknown)}"
    if not can.notes:
        yield "capabilities say nothing of what is certain (notes)"
    if venue.trade is None:
        if can.ord_types:
            yield "it declares order types and takes no orders"
        return
    if not can.ord_types or not can.times_in_force:
        yield "it takes orders and declares no order types or times in force"
    if can.client_order_id.length_max < 1 or not can.client_order_id.alphabet:
        yield "no client order id is allowed"
    if not 0 < can.answer_within_s < math.inf:
        yield "answer_within_s is no time"


def _protocols(package: VenuePackage) -> Iterator[str]:
    venue = package.venue
    feeds = [feed.data for feed in venue.data_feeds]
    makers = [*feeds, *filter(None, (venue.trade, venue.panic))]
    endpoints = _endpoints(package)
    own: Any = structure(dict(package.conformance.settings), venue.settings, path=venue.name)
    for make in makers:
        protocol = make(own.for_simulator(endpoints), venue.simulator_credentials)
        if not 0 < protocol.ping_after_s < protocol.dead_after_s < math.inf:
            yield f"{type(protocol).__name__}: ping_after_s must be below dead_after_s"
        shown = f"{protocol!r}"
        if any(value in shown for value in venue.simulator_credentials.values()):
            yield f"{type(protocol).__name__} shows a secret when it is printed"


def _endpoints(package: VenuePackage) -> Mapping[str, str]:
    """Addresses that nobody listens on, named as the simulator's ports are."""
    links = links_of(attrs.fields_dict(package.simulator.SimulatorSettings))
    return made_up(links, ("127.0.0.1", 1))


def _readme(package: VenuePackage) -> Iterator[str]:
    file = package.folder / "README.md"
    if not file.is_file():
        yield "there is no README.md"
        return
    text = file.read_text(encoding="utf-8")
    if not _CERTAINTY.search(text):
        yield "its README has no part on certainty"
    if len(set(_MARK.findall(text))) < MARKS_MIN:
        yield "its README marks nothing as documented, seen or inferred (| D | …)"
    if not (package.folder / "simulator" / "README.md").is_file():
        yield "its simulator has no README.md"


def _topics(package: VenuePackage) -> Iterator[str]:
    kinds = package.venue.capabilities.market_kinds
    tried = {topic.kind.__name__.lower() for topic in package.conformance.topics}
    if tried - set(kinds):
        yield f"topics of kinds that the venue lacks: {sorted(tried - set(kinds))}"
    if len(feed_topics(package)) < len(package.venue.data_feeds):
        yield "a feed has no declared topic"
    if package.venue.trade is not None and package.conformance.orders is None:
        yield "it takes orders and declares none for its tests"


async def serves(package: VenuePackage, effort: Effort) -> None:
    """The simulator serves and describes itself as programs read it."""
    async with open_stage(package, patience=effort.patience) as stage:
        described = stage.running.description()
        demand(tuple(described) == _DESCRIBED, f"it describes {tuple(described)}")
        demand(described["venue"] == package.name, f"it calls itself {described['venue']}")
        demand(
            described["credentials"] == dict(package.venue.simulator_credentials),
            "its credentials are not those that the venue declares",
        )
        demand(described["instruments"], "it lists no instruments")
        for row in described["instruments"]:
            right = tuple(row) == _INSTRUMENT and all(isinstance(v, str) for v in row.values())
            demand(right, f"an instrument is described as {row}")
        ports = set(_endpoints(package))
        demand(
            set(described["endpoints"]) <= ports,
            f"endpoints {sorted(described['endpoints'])}, port settings for {sorted(ports)}",
        )


async def plays_transcripts(package: VenuePackage, _effort: Effort) -> None:
    """T-040: each transcript has exactly the effects that it tells."""
    paths = find(package.folder)
    demand(paths, "there are no transcripts")
    kinds = {play(path, package.venue).kind for path in paths}
    trade = "trade" in kinds or package.venue.trade is None
    data = any(kind.endswith("data") for kind in kinds)
    demand(trade and data, f"transcripts tell of {sorted(kinds)} only")


async def keeps_to_its_tables(package: VenuePackage, _effort: Effort) -> None:
    """T-042: every listed pair leads where the table says, any other raises the declared error."""
    for table in package.conformance.tables:
        for state, given in product(table.states, table.inputs):
            listed = table.transitions.get((state, given))
            try:
                led = table.step(state, given)
            except table.error:
                led = None
            demand(led is listed, f"{state} and {given} lead to {led}, the table says {listed}")
