"""A simulator that nobody should reach, or whose ports do not exist, is refused at once."""

import pytest

from actors.command.exits import BadUsage
from actors.command.simulating import simulate


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", "127.0.0.1 "])
def test_only_loopback(host):
    """It accepts published credentials."""
    with pytest.raises(BadUsage, match="loopback only"):
        simulate("wooxpro", 0, {"host": host})


@pytest.mark.parametrize("port", [-1, 65_534, 99_999])
def test_all_ports_must_exist(port):
    """The last endpoint's as well: nothing wraps round."""
    with pytest.raises(BadUsage, match="must be 1 to 65533"):
        simulate("wooxpro", port, {"host": "127.0.0.1"})
