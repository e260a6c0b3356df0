"""A line to an engine: questions over one connection, and over another one to the engine that comes next."""

from pathlib import Path

import pytest
import trio

from engine.bus.keys import Peer, generate
from engine.bus.sockets import Received
from engine.errors import ConnectFailed
from engine.messages.codec import decode_as, encode
from engine.messages.operator import ROLE_VIEWER, OperatorRequest, replies
from engine.supervise.client import RequestRefused, open_line
from engine.supervise.rundir import write_key
from tests.kit.bus import Stage
from tests.kit.rundir import short_run_dir
from tests.kit.supervision import ready, supervising, tree_of


@pytest.fixture
def run_dir():
    with short_run_dir() as path:
        yield path


async def test_a_line_follows_the_engine(run_dir: Path) -> None:
    """No engine, one, and another one in its place: each answers for itself, or nobody does."""
    async with open_line(run_dir) as line:
        since_ns = []
        for _ in range(2):
            with pytest.raises(ConnectFailed, match="no engine runs in"):
                await line.ask("admin", "status")
            async with supervising(run_dir, tree_of()) as supervisor:
                await ready(supervisor)
                first, again = [await line.ask("admin", "status") for _ in range(2)]
                assert first["since_ns"] == again["since_ns"] == supervisor.since_ns
                since_ns.append(supervisor.since_ns)
                with pytest.raises(ConnectFailed, match="no 'operator' endpoint"):
                    await line.ask("operator", "orders")
        assert since_ns[0] != since_ns[1]


async def test_a_line_that_was_refused_connects_anew(stage: Stage) -> None:
    """Libzmq does not knock twice: over the old connection it would be refused for ever."""
    viewer = generate()
    async with stage.bus("router") as server, trio.open_nursery() as nursery:
        router = server.bind_router("strategies", stage.peers("somebody"))

        def answer(batch: list[Received]) -> None:
            for received in batch:
                request = decode_as(received.payload, OperatorRequest)
                (reply,) = replies(request.request_id, "7")
                router.send(received.identity, encode(reply))

        nursery.start_soon(router.pump, answer)
        serves = {"strategies": stage.key("router").public.decode()}
        write_key(stage.run_dir, ROLE_VIEWER, viewer, serves)
        async with open_line(stage.run_dir) as line:
            with pytest.raises(ConnectFailed, match="at 'strategies'"):
                await line.ask("strategies", "status")
            router.admit(viewer.public, Peer(ROLE_VIEWER, "viewer"))
            assert await line.ask("strategies", "status") == 7
        nursery.cancel_scope.cancel()


async def test_questions_overlap_and_each_has_its_answer(run_dir: Path) -> None:
    """A refusal is heard by who asked for it, and by nobody else."""
    answers: dict[int, object] = {}

    async def asks(number: int) -> None:
        verb = "status" if number % 2 else f"nonsense-{number}"
        try:
            answers[number] = (await line.ask("admin", verb))["actors"]
        except RequestRefused as refused:
            answers[number] = str(refused)

    async with supervising(run_dir, tree_of()) as supervisor:
        await ready(supervisor)
        async with open_line(run_dir) as line, trio.open_nursery() as nursery:
            for number in range(6):
                nursery.start_soon(asks, number)
    for number, answer in answers.items():
        assert isinstance(answer, list) if number % 2 else f"nonsense-{number}" in str(answer)
    assert len(answers) == 6
