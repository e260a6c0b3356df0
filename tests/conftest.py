"""What holds for every test: a busy machine fails none for being slow."""

import pytest
from hypothesis import settings

from tests.kit.waiting import TIME_FACTOR

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Stretch the time limit of each test, its own or the general one, by the factor of this machine."""
    asked = config.getoption("timeout")
    general = float(config.getini("timeout") if asked is None else asked)
    for item in items:
        own = item.get_closest_marker("timeout")
        limit_s = float(own.args[0]) if own else general
        item.add_marker(pytest.mark.timeout(limit_s * TIME_FACTOR), append=False)
