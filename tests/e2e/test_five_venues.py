"""Five venues at once: a session that dies or hangs is its own venue's affair and nobody else's."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import zmq

from engine.messages.codec import prefix
from engine.messages.market import Quote
from tests.kit.engine import Engine, all_ready, run_command, running
from tests.kit.listening import messages_in
from tests.kit.waiting import until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.chaos, pytest.mark.timeout(300)]

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

ENDS = {
    "longbridge.data": (signal.SIGKILL, signal.SIGSTOP),
    "t4.data": (signal.SIGKILL,),
    "webctp.data": (signal.SIGSTOP,),
    "alltick.other.data": (signal.SIGKILL, signal.SIGSTOP),
}
"""What is done to each; a process that stands still takes seconds to be found."""

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


def test_a_venue_that_dies_or_hangs_leaves_the_others_alone(short_tmp: Path):
    """Kill -9 and SIGSTOP: quotes come on, strategies fill on, nobody else is restarted."""
    with running(short_tmp) as engine:
        before = engine.wait(
            lambda s: (
                all_ready(s)
                and all(fills(s)[name] for names in TRADES_ON.values() for name in names)
            ),
            "all ready and trading",
            within_s=60,
        )
        with listening(engine) as ears:
            for victim, numbers in ENDS.items():
                for number in numbers:
                    before = spared(engine, ears, before, victim, number)
        assert before["orders"]["unknown"] == 0
        assert engine.stop() == 0


def test_orders_by_hand_go_where_orders_are_taken(short_tmp: Path):
    """Symbols with dots are arguments like any other; a venue without orders denies with its own code."""
    with running(short_tmp) as engine:
        engine.wait(all_ready, "all ready", within_s=60)
        where = ["--reason", "test", "--json", "--run-dir", str(engine.run_dir)]
        placed = run_command("order", "buy", "100", "700.HK.LONGBRIDGE", "--price", "310", *where)
        denied = run_command("order", "buy", "1", "BTCUSDT.ALLTICK", "--price", "60000", *where)
        (order,) = [row for row in engine.ask("orders") if row["strategy"] == "operator"]
        limits = run_command(
            *("limits", "set", "instrument:700.HK.LONGBRIDGE", "max_position", "100"),
            *("--expires", "1h"),
            *where,
        )
        assert engine.stop() == 0

    assert placed.returncode == 0, placed.stderr
    assert order["instrument"] == "700.HK.LONGBRIDGE"
    assert Decimal(order["price"]) == 310
    assert "VENUE_HAS_NO_ORDERS" in denied.stdout + denied.stderr
    assert limits.returncode == 0, limits.stderr


def spared(
    engine: Engine, ears: Ears, before: dict[str, Any], victim: str, number: signal.Signals
) -> dict[str, Any]:
    """Hurt one process and see that nobody else notices; the status afterwards."""
    others = [feed for feed in QUOTED if victim != f"{feed}.data"]
    ears.heard()
    filled = fills(engine.status())
    engine.kill(victim, number)
    meanwhile: Counter[str] = Counter()

    def went_on() -> bool:
        meanwhile.update(ears.heard())
        return all(meanwhile[feed] >= QUOTES_MEANWHILE for feed in others)

    until_blocking(went_on, within_s=20, what=f"{others} go on without {victim}")
    after = engine.wait(
        lambda s: (
            all_ready(s)
            and boots(s)[victim] != boots(before)[victim]
            and all(fills(s)[name] > filled[name] for name in TRADES_ON[victim])
        ),
        f"{victim} is back, and {TRADES_ON[victim]} traded on",
        within_s=60,
    )
    changed = {name for name, boot in boots(after).items() if boots(before)[name] != boot}
    assert changed == {victim}
    return after
