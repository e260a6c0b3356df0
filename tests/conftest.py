"""What holds for every test: a busy machine fails none for being slow, and the slowest begin first."""

import pytest
from hypothesis import settings

from tests.kit.waiting import TIME_FACTOR

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


SLOW = ("chaos", "e2e")
"""Markers of tests that run whole engines: seconds each, most of it waiting."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Stretch the time limit of each test, its own or the general one, by the factor of this machine.

    Tests of whole engines come first, so that one worker waits with them while the others calculate,
    and what is left of them at the end is shared out; the last tests to end are short ones.
    """
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in SLOW))
    asked = config.getoption("timeout")
    general = float(config.getini("timeout") if asked is None else asked)
    for item in items:
        own = item.get_closest_marker("timeout")
        limit_s = float(own.args[0]) if own else general
        item.add_marker(pytest.mark.timeout(limit_s * TIME_FACTOR), append=False)
