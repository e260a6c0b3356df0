"""T4's data session over the real driver against the real simulator: logins, prices, books, displacement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from actors.venues import t4
from actors.venues.t4.conformance import CONFORMANCE, ES, MARKET
from engine.conformance.package import package_of
from engine.conformance.session import Session
from engine.conformance.stage import Stage, open_stage
from engine.messages.market import Bar, Book, Quote, Ticker, Trade
from engine.model.enums import VenueStateWord
from engine.session.contract import Topic
from tests.kit.waiting import TIME_FACTOR

KINDS = (Quote, Trade, Book, Ticker)
pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def staged(**settings: Any) -> AsyncIterator[tuple[Stage, Session]]:
    """The simulator, and the data-only session with these settings."""
    package = package_of(t4)
    declared = attrs.evolve(CONFORMANCE, settings={**CONFORMANCE.settings, **settings})
    package = attrs.evolve(package, conformance=declared)
    async with open_stage(package, patience=TIME_FACTOR) as stage:
        feed = package.venue.data_feeds[0]
        yield stage, stage._session(feed.data, None, feed)


def topics(*kinds: type) -> tuple[Topic, ...]:
    return tuple(Topic(kind, ES) for kind in kinds)


@pytest.mark.parametrize(
    "settings",
    [
        {"login": "user", "price_format": "real", "book_source": "depth"},
        {"login": "api_key", "price_format": "decimal", "book_source": "market_by_order"},
        {"price_format": "clearing_decimal", "depth_buffer": "smart", "book_source": "depth"},
        {"depth_levels": "best", "depth_buffer": "all", "book_source": "depth"},
    ],
    ids=["user real", "key decimal orders", "clearing smart", "best all"],
)
async def test_data_in_every_form(settings: dict[str, Any]):
    """Whatever travels, the engine's prices are ES around 4800 on its grid, and one definition."""
    async with staged(**settings) as (_, session):
        session.call("demand", frozenset(topics(*KINDS)))
        await session.delivers(topics(*KINDS), within_s=20)
        await session.until(lambda: session.word is VenueStateWord.READY, "ready")
        session.check_market_data()
        es = session.instruments[ES]
        assert (str(es.price_increment), str(es.multiplier)) == ("0.25", "50")
        quote = session.of(Topic(Quote, ES))[-1]
        assert 4_000 < quote.bid_price < quote.ask_price < 6_000
        assert quote.bid_price % 0.25 == 0
        trade_ids = [trade.trade_id for trade in session.of(Topic(Trade, ES))]
        assert len(set(trade_ids)) == len(trade_ids)
        assert not session.alerts


async def test_bars_begin_with_the_chart():
    """Finished ones of the warm-up, oldest first."""
    async with staged(warm_up_bars=5) as (_, session):
        session.call("demand", frozenset(topics(Bar)))
        await session.until(lambda: len(session.of(Topic(Bar, ES))) >= 5, "five bars", 20)
        times = [bar.ts_ns for bar in session.of(Topic(Bar, ES))]
        assert times == sorted(set(times))


async def test_no_war_of_logins():
    """T-051: displaced twice, the session is down and has alerted somebody."""
    async with staged() as (stage, session):
        for times in (1, 2):
            await session.until(
                lambda times=times: session.count(VenueStateWord.READY) >= times, "ready", 20
            )
            stage.running.faults.arm("logged_in_elsewhere", match="ws")
        await session.until(lambda: session.word is VenueStateWord.DOWN, "down", 20)
        assert any("another program" in alert for alert in session.alerts)
        tried = stage.accepted
        await trio.sleep(0.5)
        assert stage.accepted == tried


async def test_a_refused_subscription_is_told():
    """And the session is ready all the same."""
    async with staged() as (stage, session):
        stage.running.faults.arm("reject_subscription", match=f"{MARKET}/depth", value=14)
        session.call("demand", frozenset(topics(Quote)))
        await session.until(lambda: session.alerts, "an alert", 20)
        assert "NO_PERMISSION" in session.alerts[0]
        await session.until(lambda: session.word is VenueStateWord.READY, "ready")
