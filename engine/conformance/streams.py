"""Cases over real sockets that concern the connection: made, lost, silent, refused, closed (T-043 to T-050)."""

from collections.abc import Sequence
from pathlib import Path

import trio

from engine.conformance.case import Effort
from engine.conformance.declared import FaultName
from engine.conformance.package import VenuePackage
from engine.conformance.session import BACKOFF, Session
from engine.conformance.stage import Stage, feed_topics, open_stage
from engine.conformance.verdict import demand
from engine.drill.proxy import Direction, LinkFault, LinkMode
from engine.model.enums import VenueStateWord
from engine.session.contract import Topic
from engine.session.feeds import Feed

FIRST_DATA_S = 20.0
"""For instruments, connection, login, subscription and the first message of each topic."""

SILENCE_SLACK_S = 1.0
"""T-044: detected within the declared limit and so much more."""

RENEWAL_SLACK_S = 2.0
"""T-048."""

DESCRIPTORS_SLACK = 2
"""T-050."""

REFUSED_WATCH_S = 1.0
"""After rejected credentials: ten times the longest pause between two attempts here."""

END_WITHIN_S = 4.0
"""A session that is asked to stop is given no longer."""

PING_STEP_S = 0.002
_PING = b"\x89\x00"
_DESCRIPTORS = Path("/proc/self/fd")


async def watching(stage: Stage, feed: Feed, topics: Sequence[Topic]) -> Session:
    """A session that delivers these topics."""
    session = stage.data(feed)
    session.call("demand", frozenset(topics))
    await session.delivers(topics, within_s=FIRST_DATA_S, what="first data")
    await session.until(
        lambda: session.word is VenueStateWord.READY,
        "ready",
        stage.package.conformance.back_within_s,
    )
    return session


async def back_again(stage: Stage, session: Session, topics: Sequence[Topic]) -> None:
    """Reconnected and subscribed: each topic delivers something new."""
    await session.delivers(
        topics, within_s=stage.package.conformance.back_within_s, what="data again"
    )


async def delivers(package: VenuePackage, effort: Effort) -> None:
    """Connects, defines what it is asked for, delivers all of it, is ready, and alerts nobody."""
    async with open_stage(package, patience=effort.patience) as stage:
        for feed, topics in feed_topics(package):
            session = await watching(stage, feed, topics)
            for topic in topics:
                demand(
                    topic.instrument in session.instruments,
                    f"{topic.instrument} delivers data and was never defined",
                )
            session.check_market_data()
            demand(not session.alerts, f"alerts without a fault: {session.alerts}")
            session.call("demand", frozenset())
            session.driver.stop()


async def survives_cuts(package: VenuePackage, effort: Effort) -> None:
    """T-043: cut at any byte of login and subscription, it comes back with all subscriptions."""
    async with open_stage(package, patience=effort.patience) as stage:
        for feed, topics in feed_topics(package):
            session = await watching(stage, feed, topics)
            for way in (Direction.UP, Direction.DOWN):
                length = await _length(stage, session, topics, way)
                for place in sampled(length, effort.cuts):
                    await _cut_at(stage, session, way, place)
                    await back_again(stage, session, topics)
            session.driver.stop()


async def _length(stage: Stage, session: Session, topics: Sequence[Topic], way: Direction) -> int:
    """Bytes that go this way from the handshake to the first message of each topic, on one connection."""
    stage.cut()
    for link in stage.links:
        link.measure_anew()
    await back_again(stage, session, topics)
    return max(link.longest[way] for link in stage.links)


async def _cut_at(stage: Stage, session: Session, way: Direction, place: int) -> None:
    """Let so many bytes pass on each new connection until one was cut by that, then heal the links."""
    stage.spoil(LinkFault(LinkMode.LIMIT, place, way))
    lost = session.count(VenueStateWord.DISCONNECTED)
    stage.cut()
    await session.until(
        lambda: session.count(VenueStateWord.DISCONNECTED) >= lost + 2,
        f"a connection cut after {place} bytes {way} is noticed",
        stage.package.conformance.back_within_s,
    )
    stage.spoil(None)


def sampled(length: int, count: int) -> list[int]:
    """So many numbers from 1 to `length`, evenly spread, the ends among them; 0 for all."""
    if count == 0 or length <= count:
        return list(range(1, length + 1))
    return sorted({1 + round(step * (length - 1) / max(1, count - 1)) for step in range(count)})


async def notices_silence(package: VenuePackage, effort: Effort) -> None:
    """T-044: a peer that says nothing more is left within the declared limit, and found again."""
    async with open_stage(package, patience=effort.patience) as stage:
        for feed, topics in feed_topics(package):
            session = await watching(stage, feed, topics)
            began_s, lost = trio.current_time(), session.count(VenueStateWord.DISCONNECTED)
            stage.hold()
            limit_s = session.protocol.dead_after_s + SILENCE_SLACK_S
            await session.until(
                lambda: session.count(VenueStateWord.DISCONNECTED) > lost,  # noqa: B023 - called here only
                "a silent venue is noticed",
                limit_s + END_WITHIN_S,
            )
            moment = next(
                m
                for m in session.moments
                if m.state is VenueStateWord.DISCONNECTED and m.at_s >= began_s
            )
            # The end of a connection may itself take a second: nobody answers its close.
            took_s = moment.at_s - began_s
            demand(
                took_s <= (limit_s + 1.0) * effort.patience,
                f"a silent venue was left after {took_s:.1f} s, declared are "
                f"{session.protocol.dead_after_s:g} s",
            )
            await back_again(stage, session, topics)


async def closes_in_order(package: VenuePackage, effort: Effort) -> None:
    """T-045: pings that arrive while it closes end nothing but the connection."""
    async with open_stage(package, patience=effort.patience) as stage:
        for feed, topics in feed_topics(package):
            session = await watching(stage, feed, topics)
            websocket = session.protocol.target().url.startswith("ws")
            stage.spoil(LinkFault(LinkMode.LATENCY, 0.02))
            session.driver.stop()
            end = trio.current_time() + END_WITHIN_S * effort.patience
            while not session.ended.is_set() and trio.current_time() < end:
                for link in stage.links if websocket else ():
                    link.inject(_PING)
                await trio.sleep(PING_STEP_S)
            demand(session.ended.is_set(), "a session that is asked to stop goes on")
            demand(session.error is None, f"a stop ended in {session.error!r}")
            stage.spoil(None)


async def obeys_refusal(package: VenuePackage, effort: Effort) -> None:
    """T-046: wrong credentials are tried once; then a person has to act."""
    wrong = {name: f"{value[:-1]}#" for name, value in package.venue.simulator_credentials.items()}
    async with open_stage(package, patience=effort.patience) as stage:
        sessions = [stage.trade(secrets=wrong)] if package.venue.trade is not None else []
        if package.venue.data_secrets and package.conformance.data_proves:
            sessions += [stage.data(feed, secrets=wrong) for feed, _ in feed_topics(package)]
        for session in sessions:
            await session.until(
                lambda: session.word is VenueStateWord.DOWN,  # noqa: B023 - called here only
                "down",
                FIRST_DATA_S,
            )
            demand(session.alerts, "rejected credentials alert nobody")
        tried = stage.accepted
        await trio.sleep(REFUSED_WATCH_S)
        demand(stage.accepted == tried, "a venue that rejected the credentials was tried again")
        for session in sessions:
            attempts = session.count(VenueStateWord.CONNECTING)
            demand(attempts <= 1, f"rejected credentials were tried {attempts} times")
            session.driver.retry()
            await session.until(
                lambda: session.count(VenueStateWord.DOWN) >= 2,  # noqa: B023 - called here only
                "another attempt after a person asked for it",
                FIRST_DATA_S,
            )


async def logs_in_again(package: VenuePackage, effort: Effort) -> None:
    """T-047: a login that is forgotten is renewed and followed by a reconciliation."""
    async with open_stage(package, patience=effort.patience) as stage:
        session = stage.trade()
        await session.logged_in()
        await session.reconciled()
        package.conformance.faults[FaultName.EXPIRE_LOGIN](stage.running)
        await session.logged_in(times=2)
        await session.reconciled()


async def renews_subscriptions(package: VenuePackage, effort: Effort) -> None:
    """T-048: a topic that is silently delivered no more is stale, then renewed."""
    lost = package.conformance.topics[0]
    declared = package.conformance
    async with open_stage(package, patience=effort.patience) as stage:
        feed, topics = next((f, t) for f, t in feed_topics(package) if lost in t)
        session = await watching(stage, feed, topics)
        since, connections = len(session.messages), session.count(VenueStateWord.CONNECTING)
        declared.faults[FaultName.LOSE_SUBSCRIPTION](stage.running)
        within_s = declared.renewed_within_s + RENEWAL_SLACK_S
        await session.until(
            lambda: any(not news.fresh for news in session.stale(lost, since)), "stale", within_s
        )
        await session.until(
            lambda: any(news.fresh for news in session.stale(lost, since)), "renewed", within_s
        )
        await back_again(stage, session, topics)
        demand(
            session.count(VenueStateWord.CONNECTING) == connections,
            "a lost subscription cost the connection",
        )


async def repairs_books(package: VenuePackage, effort: Effort) -> None:
    """T-049: a change that is missing makes the book stale at once, and a snapshot repairs it."""
    book = package.conformance.book
    assert book is not None  # noqa: S101 - the case needs it
    async with open_stage(package, patience=effort.patience) as stage:
        session = await watching(stage, package.feed_of(book.instrument), (book,))
        since = len(session.messages)
        package.conformance.faults[FaultName.SKIP_CHANGE](stage.running)
        for fresh in (False, True):
            await session.until(
                lambda: any(news.fresh is fresh for news in session.stale(book, since)),  # noqa: B023 - called here only
                "fresh again" if fresh else "stale",
                package.conformance.back_within_s,
            )
        first = next(i for i, m in enumerate(session.messages) if i >= since and not _fresh(m))
        second = session.messages[first + 1 :]
        healed = next(i for i, m in enumerate(second) if getattr(m, "fresh", False))
        demand(
            not any(type(m) is book.kind for m in second[:healed]),
            "a book was published while it was stale",
        )


def _fresh(message: object) -> bool:
    return bool(getattr(message, "fresh", True))


async def survives_broken_frames(package: VenuePackage, effort: Effort) -> None:
    """T-041: a frame that breaks the protocol costs the connection and nothing else."""
    async with open_stage(package, patience=effort.patience) as stage:
        feed, topics = feed_topics(package)[0]
        session = await watching(stage, feed, topics)
        connections = session.count(VenueStateWord.CONNECTING)
        package.conformance.faults[FaultName.BREAK_FRAME](stage.running)
        await session.until(
            lambda: session.count(VenueStateWord.CONNECTING) > connections, "left", FIRST_DATA_S
        )
        await back_again(stage, session, topics)


async def survives_unrelated_errors(package: VenuePackage, effort: Effort) -> None:
    """T-055: an error that names no request is taken for the one that is pending, and data goes on."""
    async with open_stage(package, patience=effort.patience) as stage:
        feed, topics = feed_topics(package)[0]
        package.conformance.faults[FaultName.UNRELATED_ERROR](stage.running)
        session = await watching(stage, feed, topics)
        await back_again(stage, session, topics)


async def survives_many_losses(package: VenuePackage, effort: Effort) -> None:
    """T-050: after each of many losses all subscriptions are back; no descriptor is left behind."""
    async with open_stage(package, patience=effort.patience) as stage:
        for feed, topics in feed_topics(package):
            session = await watching(stage, feed, topics)
            open_after: list[int] = []
            for _ in range(effort.reconnects):
                stage.cut()
                await back_again(stage, session, topics)
                open_after.append(_descriptors())
            # Fewer are no leak: connections for calls are closed when nobody has asked for a while.
            more = open_after[-1] - open_after[0]
            demand(more <= DESCRIPTORS_SLACK, f"descriptors after each loss: {open_after}")
            _check_pauses(session)
            session.driver.stop()


def _descriptors() -> int:
    return len(list(_DESCRIPTORS.iterdir()))


def _check_pauses(session: Session) -> None:
    """Between the end of a connection and the next attempt lies at least the floor."""
    ended_s = None
    for moment in session.moments:
        if moment.state is VenueStateWord.DISCONNECTED:
            ended_s = moment.at_s
        elif moment.state is VenueStateWord.CONNECTING and ended_s is not None:
            pause_s = moment.at_s - ended_s
            demand(pause_s >= BACKOFF.floor_s * 0.99, f"connected again after {pause_s:.3f} s")
