"""Two data sessions of one venue on a real bus: readers find the right one by instrument."""

from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trio

from actors.feedplan import named_feeds, plan_feeds
from engine.errors import ConfigError
from engine.messages.control import ActorState
from engine.messages.venue import InstrumentUpdate, ReferencePrice, SessionHello, SessionState
from engine.model.enums import Mode, VenueStateWord
from tests.kit.bus import a_stage
from tests.kit.paperactor import PAPER, a_paper
from tests.kit.sessions import a_router, a_session
from tests.kit.strategies import acting, routing
from tests.kit.twofeeds import AAPL, NAME, PACKAGE, TENCENT, VENUE, FeedProtocol
from tests.kit.waiting import until

LETTERS, DIGITS = plan_feeds(VENUE, [AAPL, TENCENT])
SESSIONS = (LETTERS.session, DIGITS.session)
FEEDS = named_feeds(VENUE, [AAPL, TENCENT])


@pytest.fixture
def stage():
    with a_stage() as stage:
        yield stage
    FeedProtocol.LIVING.clear()


@asynccontextmanager
async def both_sessions(stage):
    """Both in service, as the tree starts them."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                a_session(
                    stage,
                    planned.session,
                    {
                        "venue": NAME,
                        "package": PACKAGE,
                        "role": "data",
                        "feed": planned.feed.name,
                        "instruments": list(planned.instruments),
                    },
                    secrets={"token": "t"},
                )
            )
            for planned in (LETTERS, DIGITS)
        ]


async def test_each_session_serves_its_instruments_on_endpoints_of_its_own(stage):
    """The router hears definitions and prices of both, each from the one session that has it."""
    assert SESSIONS == ("twofeeds.letters.data", "twofeeds.digits.data")
    async with a_router(stage, *SESSIONS) as router, both_sessions(stage):
        for session, instrument in zip(SESSIONS, (AAPL, TENCENT), strict=True):
            await router.hears(SessionHello, session=session, venue=NAME)
            await router.hears(ReferencePrice, session=session, instrument=instrument)
        defined = {(m.session, m.definition.id) for m in router.of(InstrumentUpdate)}
        names = {path.name for path in stage.run_dir.glob("*.ipc")}

    assert defined == set(zip(SESSIONS, (AAPL, TENCENT), strict=True))
    assert {
        "market.twofeeds.letters.ipc",
        "replay.twofeeds.letters.ipc",
        "market.twofeeds.digits.ipc",
        "replay.twofeeds.digits.ipc",
    } <= names


async def test_a_strategy_reads_both_and_doubts_each_for_itself(stage):
    """One feed without a connection makes its instruments stale and no others."""
    mapped = {"instruments": [AAPL, TENCENT], "feeds": FEEDS}
    async with (
        a_router(stage, *SESSIONS),
        routing(stage, boot=100),
        both_sessions(stage),
        acting(stage, **mapped) as actor,
    ):
        await until(lambda: {(200.0,), (320.0,)} <= set(actor.calls("quote")))
        FeedProtocol.LIVING["digits"].say(VenueStateWord.DISCONNECTED, "test")
        await until(lambda: (TENCENT, False) in actor.calls("stale"))
        seen = len(actor.calls("quote"))
        FeedProtocol.LIVING["digits"].say(VenueStateWord.READY)
        await until(lambda: (TENCENT, True) in actor.calls("stale"))
        await until(lambda: (200.0,) in actor.calls("quote")[seen:])

        assert {name for name, _ in actor.calls("stale")} == {TENCENT}
        assert sorted(actor.context.run_dir.glob("market.twofeeds.ipc")) == []


async def test_a_session_that_died_takes_no_instrument_of_the_other_with_it(stage):
    """The strategy's link to one feed is lost; the other's goes on."""
    mapped = {"instruments": [AAPL, TENCENT], "feeds": FEEDS}
    async with (
        a_router(stage, *SESSIONS),
        routing(stage, boot=100),
        both_sessions(stage) as (letters, _digits),
        acting(stage, **mapped) as actor,
    ):
        await until(lambda: {(200.0,), (320.0,)} <= set(actor.calls("quote")))
        await letters.stop()
        await until(lambda: (AAPL, False) in actor.calls("stale"))
        seen = len(actor.calls("quote"))
        await until(lambda: (320.0,) in actor.calls("quote")[seen:])

        assert {name for name, _ in actor.calls("stale")} == {AAPL}


async def test_a_strategy_whose_twins_are_none_does_not_begin(stage):
    """It says which and why, and what to do; the definitions of both are needed to know."""
    mapped = {"instruments": [AAPL, TENCENT], "feeds": FEEDS, "twins": {AAPL: TENCENT}}
    async with (
        a_router(stage, *SESSIONS),
        routing(stage, boot=100),
        both_sessions(stage),
        acting(stage, **mapped) as actor,
    ):
        await until(lambda: "USD" in actor.context.current_state[1])
        state, reason = actor.context.current_state

    assert state is ActorState.DEGRADED
    assert f"{AAPL} has prices in USD, its twin {TENCENT} HKD" in reason
    assert actor.plugin is None


async def test_a_paper_venue_reads_both_and_is_as_well_as_the_worse(stage):
    """Orders wait as long as a part of the market cannot be seen."""
    given = {
        "venue": NAME,
        "package": PACKAGE,
        "feeds": ["letters", "digits"],
        "instruments": [AAPL, TENCENT],
        "cash": {"USD": "1000"},
    }
    async with (
        a_router(stage, *SESSIONS, PAPER, mode=Mode.PAPER) as router,
        both_sessions(stage),
        a_paper(stage, stage.run_dir / "state", **given) as paper,
    ):
        await router.hears(SessionState, session=PAPER, state=VenueStateWord.RECONCILING)
        await until(lambda: paper.gauges["market_messages"] > 10)
        FeedProtocol.LIVING["letters"].say(VenueStateWord.DISCONNECTED, "test")
        await router.hears(SessionState, session=PAPER, state=VenueStateWord.DISCONNECTED)
        FeedProtocol.LIVING["letters"].say(VenueStateWord.READY)
        await until(
            lambda: (
                [m.state for m in router.of(SessionState) if m.session == PAPER][-1]
                is VenueStateWord.RECONCILING
            )
        )


async def test_a_session_of_a_feed_that_is_not_there_is_a_configuration_error(stage):
    """Its exit code says so, so that it is not started again and again."""
    settings = {"venue": NAME, "package": PACKAGE, "role": "data", "feed": "nothing"}
    refused = pytest.RaisesExc(ConfigError, match="the venue has no feed 'nothing'")
    with pytest.RaisesGroup(refused, flatten_subgroups=True):
        async with a_router(stage, "x"), a_session(stage, "x", settings):
            await trio.sleep_forever()
