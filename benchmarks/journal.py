"""The journal's figures: `python -m benchmarks.journal [--json] [--orders N] [--records N]`.

How fast records are appended and committed, how fast they are read back bare (the floor: every byte is
checked, nothing is done with it) and into a book of orders, and what a start takes from a snapshot
of many open orders. The last is judged against the floor of the same run: the time that two million
bare records take to read. Processor time, for a busy machine does not change it.
"""

import argparse
import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import attrs

from actors import folding
from actors.recovering import recover
from engine.clock import SystemClock
from engine.journal import Chain, Durability, JournalHeader, JournalWriter
from engine.journal.snapshot import snapshot_paths
from engine.messages.orders import SubmitIntent, intent_id_of
from engine.model.enums import (
    Certainty,
    Lifecycle,
    Mode,
    OrdType,
    Side,
    TimeInForce,
)
from engine.orders import records as r
from engine.orders.router import RouterCore
from engine.orders.settings import RouterSettings
from engine.orders.state import Event, Verdict

T = TypeVar("T")

ORDERS = 100_000
BARE_RECORDS = 400_000
"""Read for the floor; scaled to `COMPARED_RECORDS`."""
COMPARED_RECORDS = 2_000_000
AFTER_SNAPSHOT = 2_000
"""Records behind the snapshot that a start replays as well."""
SYNCED = 300
BATCH = 500
BARE_BODY = bytes(250)
"""As long as an ordinary record."""
INSTRUMENT = "BTCUSDT.BENCH"
HEADER = JournalHeader(
    mode=Mode.PAPER, format_version=r.FORMAT_VERSION, created_ns=1, file_id=bytes(16)
)


@attrs.frozen(kw_only=True)
class Figures:
    """What was measured; see the module. `ratio` below 1: quicker than the floor."""

    append_per_s: float
    batch_append_per_s: float
    sync_per_s: float
    bare_records_per_s: float
    state_records_per_s: float
    snapshot_mb: float
    snapshot_made_s: float
    recover_orders: int
    recover_s: float
    bare_two_million_s: float
    ratio: float


def measure(folder: Path, orders: int, bare: int) -> Figures:
    """All figures, in a folder of their own."""
    append = _append(folder / "append.journal", bare // 8)
    batches, bare_rate = _bare(folder / "bare.journal", bare)
    sync = _synced(folder / "synced.journal")
    journal = folder / "orders.journal"
    count = _orders(journal, orders)
    state_s, _ = _recovered(journal)
    made_s, _ = _timed(lambda: _snapshot(journal, count))
    _continue(journal, orders)
    recover_s, recovered = _recovered(journal)
    if recovered != orders + AFTER_SNAPSHOT // 2:
        raise AssertionError(f"{recovered} orders recovered of {orders}")
    compared_s = COMPARED_RECORDS / bare_rate
    return Figures(
        append_per_s=append,
        batch_append_per_s=batches,
        sync_per_s=sync,
        bare_records_per_s=bare_rate,
        state_records_per_s=count / state_s,
        snapshot_mb=snapshot_paths(journal)[0].stat().st_size / 1e6,
        snapshot_made_s=made_s,
        recover_orders=recovered,
        recover_s=recover_s,
        bare_two_million_s=compared_s,
        ratio=recover_s / compared_s,
    )


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of this process, and what the work gave."""
    gc.collect()
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


@contextmanager
def _writer(path: Path, durability: Durability = Durability.PROCESS) -> Iterator[JournalWriter]:
    with JournalWriter(path, durability, header=HEADER, clock_ns=time.monotonic_ns) as writer:
        yield writer


def _append(path: Path, count: int) -> float:
    with _writer(path) as writer:

        def work() -> None:
            for _ in range(count):
                writer.append(BARE_BODY)

        took_s, _ = _timed(work)
    return count / took_s


def _bare(path: Path, count: int) -> tuple[float, float]:
    """Records appended in batches, and read back, per second."""
    with _writer(path) as writer:

        def work() -> None:
            for _ in range(count // BATCH):
                writer.append_batch([BARE_BODY] * BATCH)

        wrote_s, _ = _timed(work)

    def read() -> int:
        with Chain(path) as chain:
            return sum(1 for _ in chain)

    read_s, found = _timed(read)
    return count / wrote_s, found / read_s


def _synced(path: Path) -> float:
    """Commits a second that survive a power loss; by the clock on the wall, for it waits."""
    with _writer(path, Durability.POWER) as writer:
        began = time.perf_counter()
        for _ in range(SYNCED):
            writer.append(BARE_BODY)
            writer.commit()
        return SYNCED / (time.perf_counter() - began)


def _orders(path: Path, count: int) -> int:
    """A journal that leads to `count` open orders; its number of records."""
    with _writer(path) as writer:
        writer.append(r.to_bytes(r.StrategyBoot(strategy="bench", boot=1, report_seen=0, ts_ns=1)))
        _write_orders(writer, range(1, count + 1))
        return writer.sequence


def _continue(path: Path, orders: int) -> None:
    with _writer(path) as writer:
        _write_orders(writer, range(orders + 1, orders + 1 + AFTER_SNAPSHOT // 2))


def _write_orders(writer: JournalWriter, numbers: range) -> None:
    for number in numbers:
        planned = _planned(number)
        writer.append_batch([r.to_bytes(planned), r.to_bytes(_accepted(planned, number))])


def _planned(number: int) -> r.PlannedOrder:
    price = Decimal(60_000 + number % 1_000) / 10
    intent = SubmitIntent(
        intent_id=intent_id_of("bench", 1, number),
        strategy="bench",
        boot=1,
        counter=number,
        instrument=INSTRUMENT,
        side=Side.BUY if number % 2 else Side.SELL,
        ord_type=OrdType.LIMIT,
        quantity=Decimal(1 + number % 7),
        price=price,
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
        created_mono_ns=number,
        data_mono_ns=number,
        note="",
    )
    return r.PlannedOrder(
        intent=intent,
        client_order_id=f"c{number:017d}",
        account="bench.paper",
        mode=Mode.PAPER,
        reserve_price=price,
        limits_version=1,
        ts_ns=1_700_000_000_000_000_000 + number,
    )


def _accepted(planned: r.PlannedOrder, number: int) -> r.OrderEventRecord:
    return r.OrderEventRecord(
        client_order_id=planned.client_order_id,
        event=Event.ACCEPTED,
        verdict=Verdict.MOVE,
        source=r.Source.STREAM,
        lifecycle=Lifecycle.OPEN,
        pending=None,
        certainty=Certainty.KNOWN,
        venue_order_id=f"{number:012d}",
        venue_cum_qty=Decimal(0),
        quantity=planned.intent.quantity,
        price=planned.intent.price,
        replacing=False,
        code="",
        text="",
        venue_ts_ns=planned.ts_ns,
        ts_ns=planned.ts_ns,
    )


def _snapshot(journal: Path, through: int) -> None:
    folding.make_snapshot(folding.Task(journal=journal, through=through, keep_from_ns=0))


def _recovered(journal: Path) -> tuple[float, int]:
    """Processor seconds of a router's recovery, and the orders it found."""
    core = RouterCore(
        RouterSettings(mode=Mode.PAPER, trade_sessions={}, data_sessions={}, strategies={}),
        lambda _: None,
    )

    def work() -> None:
        found = recover(
            journal, Durability.PROCESS, mode=Mode.PAPER, core=core, clock=SystemClock()
        )
        found.journal.close()

    took_s, _ = _timed(work)
    return took_s, len(core.book.orders)


def rows(figures: Figures) -> list[tuple[str, str]]:
    """For people."""
    return [
        ("append, one by one", f"{figures.append_per_s:,.0f}/s"),
        (f"append, {BATCH} at once", f"{figures.batch_append_per_s:,.0f}/s"),
        ("append and sync to the disk", f"{figures.sync_per_s:,.0f}/s"),
        ("read bare records (the floor)", f"{figures.bare_records_per_s:,.0f}/s"),
        ("recover records into a book", f"{figures.state_records_per_s:,.0f}/s"),
        (
            "make a snapshot (another process)",
            f"{figures.snapshot_made_s:.2f} s, {figures.snapshot_mb:.0f} MB",
        ),
        (
            f"recover {figures.recover_orders:,} open orders by snapshot",
            f"{figures.recover_s:.2f} s",
        ),
        ("read 2,000,000 bare records", f"{figures.bare_two_million_s:.2f} s"),
        ("ratio of the two", f"{figures.ratio:.2f}"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--orders", type=int, default=ORDERS, help="open orders in the snapshot")
    parser.add_argument(
        "--records", type=int, default=BARE_RECORDS, help="bare records of the floor"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pb-") as folder:
        figures = measure(Path(folder), given.orders, given.records)
    if given.json:
        answer: dict[str, Any] = attrs.asdict(figures)
        print(json.dumps(answer, indent=2))
        return
    for name, value in rows(figures):
        print(f"{name:<45} {value}")


if __name__ == "__main__":
    main()
