"""The market data session as a whole: definitions by the clock, silence, refreshing."""

import itertools
import random

import attrs
import pytest

from actors.venues.webctp import VENUE
from actors.venues.webctp.public import RENEWALS_DOUBLED_MAX, DataSession
from actors.venues.webctp.settings import Settings
from engine.conformance.hostile import spoilt
from engine.errors import ConfigError, RemoteProtocolError
from engine.messages.codec import encode
from engine.messages.market import Book, FundingRate, MarketStale, Quote, Ticker, Trade
from engine.session.contract import Define, Drop, GiveUp, Note, SendFrame, SetState, Topic
from tests.kit.fuzzing import INPUTS
from tests.kit.webctp import (
    OK,
    READY,
    SECRETS,
    SETTINGS,
    at,
    complaint,
    login_row,
    market_data,
    ops,
    performed,
    row,
    said,
)

STEEL = "rb2105.WEBCTP"
HOURS = attrs.evolve(SETTINGS, any_hour=False)


def topics(*kinds, name=STEEL):
    return frozenset(Topic(kind, name) for kind in kinds)


def up(settings=SETTINGS, kinds=(Quote, Trade), seconds=0.0):
    """A session that is subscribed to one contract."""
    made = DataSession(settings, SECRETS)
    made.opened(at(seconds))
    for text in (READY, performed(0), said(2), performed(1), login_row(5, 1)):
        made.received(text, at(seconds))
    made.demand(topics(*kinds), at(seconds))
    made.received(performed(2), at(seconds))
    made.received(row(8, 0, OK, instrument_id="rb2105"), at(seconds))
    return made


def steel(**fields):
    return market_data("rb2105", **{"last_price": 4400.0, "bp1": 4399.0, "ap1": 4400.0, **fields})


def of(effects, kind):
    return [effect for effect in effects if isinstance(effect, kind)]


def test_the_front_must_be_named():
    """The message says how."""
    with pytest.raises(ConfigError, match=r"md_front.*host:port"):
        DataSession(Settings(), SECRETS)


def test_what_the_settings_name_is_defined_at_the_start():
    """And what they cannot name is told."""
    made = DataSession(attrs.evolve(SETTINGS, symbols=("IF2101", "zz2101")), SECRETS)
    effects = made.start(at())
    assert [define.instrument.id for define in of(effects, Define)] == ["IF2101.WEBCTP"]
    assert [note.event for note in of(effects, Note)] == ["symbol_unknown"]


def test_contracts_are_tradeable_by_the_table_of_sessions():
    """The test begins at 09:50 on a Monday: open, at 10:15 a break, at 10:30 open."""
    made = up(HOURS)
    assert of(made.due(at(1)), Define) == []
    seconds = [25 * 60 + 1.0, 40 * 60 + 1.0]
    told = [define.instrument.tradeable for s in seconds for define in of(made.due(at(s)), Define)]
    assert told == [False, True]


def test_a_contract_whose_month_has_passed_is_not_tradeable():
    """It is defined all the same."""
    made = DataSession(HOURS, SECRETS)
    (define,) = of(made.demand(topics(Quote, name="rb2012.WEBCTP"), at()), Define)
    assert not define.instrument.tradeable


def test_what_cannot_be_had_is_noted_once():
    """Kinds, products, venues."""
    made = DataSession(SETTINGS, SECRETS)
    wanted = topics(FundingRate) | topics(Quote, name="zz2101.WEBCTP") | topics(Quote, name="ES.T4")
    assert len(of(made.demand(wanted, at()), Note)) == 3
    assert of(made.demand(wanted, at()), Note) == []


def test_silence_is_renewed_with_growing_patience():
    """While the product trades; each renewal in vain doubles it, up to sixteen times."""
    made = up(attrs.evolve(SETTINGS, quiet_s=10.0))
    made.received(steel(), at(1))
    renewed, seconds = [], 1.0
    while seconds < 700:
        seconds += 0.5
        effects = made.due(at(seconds))
        if of(effects, Note):
            renewed.append(seconds)
            assert ops(effects) == ["subscribe"]
            made.received(performed(9), at(seconds))
            made.received(row(8, 0, OK, instrument_id="rb2105"), at(seconds))
    pauses = [round(b - a) for a, b in itertools.pairwise(renewed)]
    assert pauses[:5] == [20, 40, 80, 160, 160]
    assert max(pauses) == 10 << RENEWALS_DOUBLED_MAX


def test_silence_outside_of_the_sessions_is_no_matter():
    """It counts from their beginning on."""
    made = up(attrs.evolve(HOURS, quiet_s=60.0))
    made.received(steel(), at(1))
    told, seconds = [], 24 * 60.0
    made.received(steel(), at(seconds))
    while seconds < 42 * 60:
        seconds += 0.5
        told += [seconds for _ in of(made.due(at(seconds)), MarketStale)]
    assert told
    assert min(told) >= 41 * 60 - 1


def test_a_new_kind_of_a_contract_brings_its_present_state():
    """It is subscribed again, for the snapshot."""
    made = up()
    made.received(steel(), at(1))
    assert ops(made.demand(topics(Quote, Trade, Book), at(2))) == ["subscribe"]
    assert ops(made.demand(topics(Quote, Trade, Book), at(3))) == []


def test_refreshing():
    """The front answers a subscription with the present state."""
    made = up()
    assert ops(made.refresh(Topic(Quote, STEEL), at(2))) == ["subscribe"]
    assert made.refresh(Topic(Quote, "ES.T4"), at(2)) == []


def test_snapshots_of_what_nobody_wants():
    """Are dropped."""
    made = up()
    assert made.received(market_data("IF2101"), at(1)) == []
    made.demand(frozenset(), at(2))
    assert made.received(steel(), at(3)) == []


def test_secrets_do_not_show():
    """In nothing that is told of a session."""
    assert "open-sesame" not in repr(up())


COUNT = INPUTS or 3_000
KNOWN = (SendFrame, SetState, Define, Drop, GiveUp, Note)
SEEDS = [
    READY,
    performed(0),
    performed(1, -3),
    said(2),
    said(3, {"reason": 4097}),
    said(4, {"time": 61}),
    said(7, {"trading_day": "20210104"}, OK),
    login_row(5, 1),
    row(5, 1, {"code": 3, "msg": "CTP:x"}),
    row(8, 0, OK, instrument_id="rb2105"),
    row(8, 0, {"code": 6000, "msg": "x"}, instrument_id="rb2105"),
    row(9, 0, OK, instrument_id="rb2105"),
    row(1, 2, {"code": 90, "msg": "x"}),
    complaint("Error: Unknown op `x`."),
    steel(),
    steel(volume=400),
]


def test_hostile_input():
    """T-041: effects that may travel come out, or RemoteProtocolError, in every stage of a session."""
    rng = random.Random(54)
    refused = 0
    for number in range(COUNT):
        made = up() if number % 3 else DataSession(SETTINGS, SECRETS)
        now = at(2)
        if not number % 3:
            made.opened(now)
        for _ in range(3):
            try:
                effects = made.received(spoilt(rng.choice(SEEDS), rng), now)
            except RemoteProtocolError:
                refused += 1
                break
            for effect in effects:
                if not isinstance(effect, KNOWN):
                    assert isinstance(effect, Quote | Trade | Book | Ticker | MarketStale)
                    assert encode(effect)
            made.due(at(3))
        made.lost("gone", at(4))
    assert 0 < refused < COUNT


def test_the_declaration():
    """What the venue exports makes these sessions."""
    assert isinstance(VENUE.data(SETTINGS, SECRETS), DataSession)
    assert VENUE.http_base_url(SETTINGS) == ""
