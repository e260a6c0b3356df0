"""What holds for every test: a busy machine fails none for being slow, and none that is slow begins late.

Several workers share the suite (pytest-xdist). Each takes whole files of tests that calculate, and tests
one by one where they wait for processes and sockets; tests of one `xdist_group` stay together, for they
share an engine.
"""

import gc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadGroupScheduling

from tests.kit.waiting import TIME_FACTOR

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

TESTS = Path(__file__).parent

SLOW = ("chaos", "e2e")
"""Markers of tests that run whole engines: seconds each, most of it waiting."""

SLOW_PART = 0.6
"""They begin within this part of the run."""

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
    """Let each worker be brief, and begin to read the tests at another place.

    All must read all, but what one has read first (compiled, assertions rewritten) is there for the others:
    in a new clone that is most of the work before the first test.
    """
    worker = getattr(config, "workerinput", None)
    if worker is None:
        return
    _be_brief(config)
    if [Path(name).resolve() for name in config.args] != [TESTS]:
        return
    files = sorted(str(path) for path in TESTS.rglob("test_*.py"))
    begin = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    config.args = files[begin:] + files[:begin]


COLLECT_AFTER = (5_000, 20, 20)
"""Properties make and drop objects by the million: the usual seven hundred between two looks cost a twentieth."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Make what is read here no concern of the garbage collector.

    Modules and thousands of tests live as long as the process. To look through them again and again
    costs each worker seconds: while they are made, in each full collection afterwards, and at the end.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        gc.enable()


def _be_brief(config: pytest.Config) -> None:
    """Let a worker report how its tests ended, and not that each began, was set up and torn down as well.

    Of what it would tell of a test that passes, five of six messages are that, and nobody looks at them but
    who asks for durations or an XML report. Thousands of tests are short: telling took longer than testing.
    """
    if config.getoption("durations") or config.getoption("xmlpath"):
        return
    for plugin in config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":
            plugin.sendevent = _brief(plugin.sendevent)


def _brief(tell: Callable[..., None]) -> Callable[..., None]:
    def sendevent(name: str, **told: Any) -> None:
        report = told["data"] if name == "testreport" else {"when": "call"}
        goes_without_saying = report["when"] != "call" and report["outcome"] == "passed"
        if name not in {"logstart", "logfinish"} and not goes_without_saying:
            tell(name, **told)

    return sendevent


def _place(item: pytest.Item) -> tuple[float, str]:
    """Where in the run a test has its turn; tests that are shared out together have the same place."""
    file = item.path.relative_to(TESTS.parent).as_posix()
    group = item.get_closest_marker("xdist_group")
    unit = item.nodeid if file.startswith(ONE_BY_ONE) else file
    if group is not None:
        unit = str(group.args[0])
    spread = zlib.crc32(unit.encode()) / 2**32
    return spread * (SLOW_PART if any(map(item.get_closest_marker, SLOW)) else 1.0), unit


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put all workers' tests in one order; stretch the time limit of each by the factor of this machine.

    They are well mixed: at any time some workers run whole engines, some wait and some calculate. No
    engine starts late, so that the last tests to end are short ones.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=_place)
    asked = config.getoption("timeout")
    general = float(config.getini("timeout") if asked is None else asked)
    for item in items:
        own = item.get_closest_marker("timeout")
        limit_s = float(own.args[0]) if own else general
        item.add_marker(pytest.mark.timeout(limit_s * TIME_FACTOR), append=False)
