"""Five venues at once: a session that dies or hangs is its own venue's affair and nobody else's."""

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import zmq

from engine.messages.codec import prefix
from engine.messages.market import Quote
from tests.kit.engine import Engine, all_ready, running
from tests.kit.listening import messages_in
from tests.kit.rundir import short_run_dir
from tests.kit.waiting import until_blocking

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chaos,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("five venues"),
]

QUOTED = {
    "wooxpro": "BTCUSDT.WOOXPRO",
    "longbridge": "700.HK.LONGBRIDGE",
    "t4": "XCME_Eq ES (H24).T4",
    "webctp": "rb2101.WEBCTP",
    "alltick.other": "BTCUSDT.ALLTICK",
}
"""An instrument of each feed that is read in the demo."""

TRADES_ON = {
    "longbridge.data": ("eth-quoter", "btc-follower"),
    "t4.data": ("eth-quoter", "btc-follower"),
    "webctp.data": ("eth-quoter", "btc-follower"),
    "alltick.other.data": ("eth-quoter",),
}
"""By victim, quick strategies that need nothing of its venue."""

BLOWS = (
    {"longbridge.data": signal.SIGKILL, "webctp.data": signal.SIGSTOP},
    {"t4.data": signal.SIGKILL, "alltick.other.data": signal.SIGSTOP},
    {"alltick.other.data": signal.SIGKILL, "longbridge.data": signal.SIGSTOP},
)
"""What is done to whom at once: each is hurt beside others that go on, no two of them twice together.

A process that stands still takes seconds to be found, and two take no longer.
"""

QUOTES_MEANWHILE = 20


class Ears:
    """A reader of every feed's quotes, on the sockets that the strategies read; counts them."""

    def __init__(self, readers: dict[str, "zmq.Socket[bytes]"]) -> None:
        self._readers = readers

    def heard(self) -> Counter[str]:
        """Quotes since the last time, by feed."""
        counts: Counter[str] = Counter()
        for feed, reader in self._readers.items():
            while reader.poll(0):
                counts[feed] += len(messages_in(reader.recv()))
        return counts


@contextmanager
def listening(engine: Engine) -> Iterator[Ears]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    readers = {}
    try:
        for feed, instrument in QUOTED.items():
            reader = readers[feed] = context.socket(zmq.SUB)
            reader.connect(f"ipc://{engine.run_dir}/market.{feed}.ipc")
            reader.subscribe(prefix(Quote, instrument))
        yield Ears(readers)
    finally:
        context.destroy(linger=0)


def boots(status: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["boot"] for row in status["actors"]}


def fills(status: dict[str, Any]) -> dict[str, int]:
    return {name: row["fills"] for name, row in status["strategies"].items()}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The demo, all of it ready."""
    with short_run_dir() as folder, running(folder) as engine:
        engine.wait(all_ready, "all ready", within_s=60)
        yield engine


def test_orders_by_hand_go_where_orders_are_taken(engine: Engine):
    """Symbols with dots are arguments like any other; a venue without orders denies with its own code."""
    why = ["--reason", "test", "--json"]
    placed = engine.command("order", "buy", "100", "700.HK.LONGBRIDGE", "--price", "310", *why)
    denied = engine.command("order", "buy", "1", "BTCUSDT.ALLTICK", "--price", "60000", *why)
    (order,) = [row for row in engine.ask("orders") if row["strategy"] == "operator"]
    limits = engine.command(
        *("limits", "set", "instrument:700.HK.LONGBRIDGE", "max_position", "100"),
        *("--expires", "1h"),
        *why,
    )

    assert placed.returncode == 0, placed.stderr
    assert order["instrument"] == "700.HK.LONGBRIDGE"
    assert Decimal(order["price"]) == 310
    assert "VENUE_HAS_NO_ORDERS" in denied.stdout + denied.stderr
    assert limits.returncode == 0, limits.stderr


def test_a_venue_that_dies_or_hangs_leaves_the_others_alone(engine: Engine):
    """Kill -9 and SIGSTOP: quotes come on, strategies fill on, nobody else is restarted."""
    before = engine.wait(
        lambda s: (
            all_ready(s) and all(fills(s)[name] for names in TRADES_ON.values() for name in names)
        ),
        "all ready and trading",
        within_s=60,
    )
    with listening(engine) as ears:
        for blow in BLOWS:
            before = spared(engine, ears, before, blow)
    assert before["orders"]["unknown"] == 0
    assert engine.stop() == 0


def spared(
    engine: Engine, ears: Ears, before: dict[str, Any], blow: Mapping[str, signal.Signals]
) -> dict[str, Any]:
    """Hurt some processes and see that nobody else notices; the status afterwards."""
    others = [feed for feed in QUOTED if f"{feed}.data" not in blow]
    traders = set.intersection(*(set(TRADES_ON[victim]) for victim in blow))
    filled = fills(engine.status())
    for victim, number in blow.items():
        engine.kill(victim, number)
    ears.heard()
    meanwhile: Counter[str] = Counter()

    def went_on() -> bool:
        meanwhile.update(ears.heard())
        return all(meanwhile[feed] >= QUOTES_MEANWHILE for feed in others)

    until_blocking(went_on, within_s=20, what=f"{others} go on without {[*blow]}")
    after = engine.wait(
        lambda s: (
            all_ready(s)
            and all(boots(s)[victim] != boots(before)[victim] for victim in blow)
            and all(fills(s)[name] > filled[name] for name in traders)
        ),
        f"{[*blow]} are back, and {traders} traded on",
        within_s=60,
    )
    changed = {name for name, boot in boots(after).items() if boots(before)[name] != boot}
    assert changed == {*blow}
    return after
