"""What holds for every test: a busy machine fails none for being slow, and the slowest begin first.

Several workers share the suite (pytest-xdist). Each takes whole files of tests that calculate, and tests
one by one where they wait for processes and sockets; tests of one `xdist_group` stay together, for they
share an engine.
"""

import zlib
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadGroupScheduling

from tests.kit.waiting import TIME_FACTOR

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

TESTS = Path(__file__).parent

SLOW = ("chaos", "e2e")
"""Markers of tests that run whole engines: seconds each, most of it waiting."""

ONE_BY_ONE = tuple(f"tests/{name}/" for name in ("chaos", "e2e", "conformance", "simulation"))
"""Where a file takes so long that its tests are shared out."""


class Scheduling(LoadGroupScheduling):
    """A group goes to one worker, a test that waits to whoever is free, all others by file."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        alone = scope != nodeid or nodeid.startswith(ONE_BY_ONE)
        return scope if alone else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadGroupScheduling:
    """How tests are shared out."""
    return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Let each worker begin to read the tests at another place.

    All must read all, but what one has read first (compiled, assertions rewritten) is there for the others:
    in a new clone that is most of the work before the first test.
    """
    worker = getattr(config, "workerinput", None)
    if worker is None or [Path(name).resolve() for name in config.args] != [TESTS]:
        return
    files = sorted(str(path) for path in TESTS.rglob("test_*.py"))
    begin = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    config.args = files[begin:] + files[:begin]


def _place(item: pytest.Item) -> tuple[bool, int, str]:
    file = item.path.relative_to(TESTS.parent).as_posix()
    if any(map(item.get_closest_marker, SLOW)):
        return False, 0, file
    unit = item.nodeid if file.startswith(ONE_BY_ONE) else file
    return True, zlib.crc32(unit.encode()), file


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put all workers' tests in one order; stretch the time limit of each by the factor of this machine.

    Tests of whole engines come first, so that the last tests to end are short ones. The others follow
    well mixed: workers wait in some and calculate in others at any time.
    """
    items.sort(key=_place)
    asked = config.getoption("timeout")
    general = float(config.getini("timeout") if asked is None else asked)
    for item in items:
        own = item.get_closest_marker("timeout")
        limit_s = float(own.args[0]) if own else general
        item.add_marker(pytest.mark.timeout(limit_s * TIME_FACTOR), append=False)
