"""Fixtures of tests with real processes."""

from collections.abc import Iterator

import pytest

from tests.kit.sharedserver import SharedServer


@pytest.fixture(scope="session")
def shared_server() -> Iterator[SharedServer]:
    """A fork server for this process; it starts with the first who needs it."""
    server = SharedServer()
    yield server
    server.close()


@pytest.fixture
def lent_server(shared_server: SharedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Supervisors of this test fork from the shared server instead of one of their own."""
    shared_server.start()
    monkeypatch.setattr("engine.supervise.supervisor.open_forkserver", shared_server.lend)
