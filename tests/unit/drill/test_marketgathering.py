"""INV-12's evidence: from what a strategy noted to streams with holes, doubts and acts in them."""

from typing import Any

import pytest

from engine.drill.checkers import CHECKERS, History, MarketWord, judge
from engine.drill.marketgathering import market_events

BTC = "BTCUSDT.X"
SPACED = "XCME_Eq ES (H24).X"
INV_12 = next(checker for checker in CHECKERS if checker.id == "INV-12")


def line(word: str, kind: str = "trade", instrument: str = BTC, **more: Any) -> dict[str, Any]:
    return {
        "mono_ns": 1,
        "word": word,
        "strategy": "a",
        "boot": 7,
        "kind": kind,
        "instrument": instrument,
        **more,
    }


def update(sequence: int, publisher: int = 1, **more: Any) -> dict[str, Any]:
    return line("update", sequence=sequence, publisher=publisher, **more)


def quote(sequence: int, *, crossed: bool = False) -> dict[str, Any]:
    return line("snapshot", "quote", sequence=sequence, publisher=1, crossed=crossed)


def said(
    word: str, kind: str, instrument: str = BTC, publisher: int = 1, feed: str = "X"
) -> dict[str, Any]:
    return line(word, kind, instrument, publisher=publisher, feed=feed)


ACTED = line("acted", feed="X")

GOOD = {
    "in order": [update(1), update(2), ACTED],
    "a gap in what is replaced anyway": [quote(1), quote(9), ACTED],
    "a gap that was doubted and repaired": [
        update(1),
        line("stale"),
        update(2),
        line("fresh"),
        update(3),
        ACTED,
    ],
    "a loss that was told": [
        update(1),
        line("stale"),
        line("lost", count=3),
        line("fresh"),
        update(5),
        update(6),
        ACTED,
    ],
    "a new publisher counts anew": [
        update(40),
        line("stale"),
        line("fresh"),
        update(1, 2),
        update(2, 2),
        ACTED,
    ],
    "the dead cannot take back their doubts": [
        said("said_stale", "book", publisher=1),
        said("said_fresh", "session", "X", publisher=2),
        ACTED,
    ],
    "another feed of the venue is down": [
        said("said_stale", "session", "X.OTHER", feed="X.OTHER"),
        quote(1),
        line("acted", feed="X.STOCK"),
    ],
    "another instrument is doubted": [line("stale", "quote", "ETHUSDT.X"), quote(1), ACTED],
}
BAD = {
    "a hole without a doubt": [update(1), update(3), ACTED],
    "a hole noticed too late": [update(1), update(3), update(4)],
    "the reader doubted": [quote(1), line("stale", "quote"), ACTED],
    "the session doubted": [quote(1), said("said_stale", "quote"), ACTED],
    "the session was down": [quote(1), said("said_stale", "session", "X"), ACTED],
    "another feed of the venue cannot take back a doubt": [
        said("said_stale", "quote", feed="X.STOCK", publisher=1),
        said("said_fresh", "session", "X.OTHER", publisher=2, feed="X.OTHER"),
        line("acted", feed="X.STOCK"),
    ],
    "a crossed book": [quote(1, crossed=True), ACTED],
}


@pytest.mark.parametrize("lines", GOOD.values(), ids=GOOD)
def test_what_was_noticed_or_costs_nothing_is_no_violation(lines):
    (verdict,) = judge(History(market=tuple(market_events(lines))), [INV_12])
    assert verdict.held, verdict.detail
    assert verdict.checked


@pytest.mark.parametrize("lines", BAD.values(), ids=BAD)
def test_acting_on_what_is_broken_is_a_violation(lines):
    (verdict,) = judge(History(market=tuple(market_events(lines))), [INV_12])
    assert verdict.held is False


@pytest.mark.parametrize("lines", [*GOOD.values(), *BAD.values()], ids=[*GOOD, *BAD])
def test_an_instrument_may_have_blanks_in_its_name(lines):
    """Markets of futures are called so (`XCME_Eq ES (H24).T4`): the verdict does not depend on it."""
    blank = [
        {**each, "instrument": each["instrument"].replace(BTC, "X ES (H24).T")} for each in lines
    ]
    (verdict,) = judge(History(market=tuple(market_events(lines))), [INV_12])
    (other,) = judge(History(market=tuple(market_events(blank))), [INV_12])
    assert (other.held, other.checked) == (verdict.held, verdict.checked)


def test_each_boot_of_a_strategy_reads_anew():
    """A restarted strategy has no numbers to compare with."""
    again = {**update(9), "boot": 8}
    readers = {event.reader for event in market_events([update(1), again])}
    assert len(readers) == 2
    assert all(event.word is MarketWord.UPDATE for event in market_events([update(1), again]))


@pytest.mark.parametrize(("lines", "held"), [(GOOD, True), (BAD, False)], ids=["good", "bad"])
def test_instruments_with_spaces_in_their_names_are_like_any_other(lines, held):
    """A contract of a futures venue may be called `XCME_Eq ES (H24)`: evidence of it broke the judging."""
    for case, told in lines.items():
        named = [
            {key: SPACED if value == BTC else value for key, value in row.items()} for row in told
        ]
        (verdict,) = judge(History(market=tuple(market_events(named))), [INV_12])
        assert verdict.held is held, case
