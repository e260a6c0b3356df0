"""The core as a whole: recovery, determinism, what it refuses."""

import subprocess
import sys

import pytest

from engine.errors import InvariantViolation, JournalError, JournalFull
from engine.messages.codec import encode
from engine.messages.orders import ReportSeen
from engine.messages.venue import UpdateKind
from engine.model.enums import VenueStateWord
from engine.orders import records as r
from engine.orders.book import BookOfOrders
from engine.orders.dump import dump
from engine.orders.router import RouterCore
from engine.risk.limits import Limits, RiskSettings
from engine.session.contract import Now
from tests.kit.orders import Bench, D, settings


def busy() -> Bench:
    """A bench with a bit of everything in its journal."""
    bench = Bench()
    bench.greet("alpha")
    bench.open_venue()
    filled, left, changed = (bench.submit() for _ in range(3))
    for order in (filled, left, changed):
        bench.update(order, UpdateKind.ACCEPTED)
    bench.fill(filled, "f1", "4", "99.9")
    bench.fill(filled, "f2", "6", "100.1")
    bench.cancel(left)
    bench.modify(changed, quantity=D(12))
    bench.send(bench.intent(quantity=D("0.5")))
    bench.update(left, UpdateKind.CANCELLED)
    bench.fill(left, "f3", "1")
    bench.operate("kill", "drill", scope="strategy:beta")
    bench.state(VenueStateWord.DISCONNECTED)
    return bench


def test_recovered_state_is_the_state_that_was():
    """INV-10: after every single record, replaying the journal so far gives the state of that moment."""
    bench = Bench()
    dumps = []
    write = bench.write

    def writing(body: bytes) -> None:
        dumps.append(bench.core.dump())  # as it is before the record
        write(body)

    bench.core._k._write = writing
    first = len(bench.journal)
    busy_on(bench)
    book = BookOfOrders()
    for body in bench.journal[:first]:
        book.apply(r.from_bytes(body))
    for body, before in zip(bench.journal[first:], dumps, strict=True):
        assert dump(book) == before
        book.apply(r.from_bytes(body))
    assert dump(book) == bench.core.dump()


def busy_on(bench: Bench) -> None:
    bench.greet("alpha")
    bench.open_venue()
    order = bench.submit()
    bench.update(order, UpdateKind.ACCEPTED)
    bench.fill(order, "f1", "4")
    bench.cancel(order)
    bench.update(order, UpdateKind.CANCELLED)


def test_replay_is_deterministic_in_another_process(tmp_path):
    """INV-11: two processes with different hash seeds make the same bytes of the same journal."""
    bench = busy()
    file = tmp_path / "journal"
    file.write_text("\n".join(body.hex() for body in bench.journal))
    code = (
        "import sys, pathlib\n"
        "from engine.orders import records as r\n"
        "from engine.orders.book import BookOfOrders\n"
        "from engine.orders.dump import dump\n"
        "book = BookOfOrders()\n"
        "for line in pathlib.Path(sys.argv[1]).read_text().split():\n"
        "    book.apply(r.from_bytes(bytes.fromhex(line)))\n"
        "sys.stdout.buffer.write(dump(book))\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code, str(file)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1] == bench.core.dump()


def test_a_boot_is_counted_and_keeps_the_first_salt():
    """Each start is a record with the next number; ids keep the salt of the first."""
    bench = busy().restarted(boot=4711)
    boot = bench.core.book.boot
    assert (boot.router_boot, boot.number, boot.salt, boot.planned) == (4711, 2, 71, 0)


def test_limits_are_journaled_when_they_change():
    """The journal says which limits every order was checked against."""
    bench = busy()
    assert bench.core.book.limits_version == 1
    assert bench.restarted().core.book.limits_version == 1
    bench.config = settings(RiskSettings(defaults=Limits(max_position=D(5))))
    later = bench.restarted()
    assert later.core.book.limits_version == 2
    assert '"max_position": "5"' in later.core.book.limits_text


def test_a_journal_of_strangers_is_refused():
    """Bytes that are no record of this router end its start."""
    core = RouterCore(settings(), lambda _: None)
    with pytest.raises(InvariantViolation, match="cannot be read"):
        core.recover(encode(ReportSeen(strategy="alpha", boot=1, through=1)))


def test_a_start_without_journal_fails():
    """A router that cannot write its first record does not begin."""

    def full(_: bytes) -> None:
        raise JournalFull("no space")

    with pytest.raises(JournalError):
        RouterCore(settings(), full).start(1, Now(1, 1))


def test_messages_it_does_not_know_are_counted():
    """A message that no desk serves changes nothing."""
    bench = Bench()
    assert bench.handle(object(), "strategy.alpha") == []
    assert bench.core._k.counters["unexpected_message"] == 1


def test_records_and_messages_cannot_be_mistaken():
    """The journal's tags are its own: a record is no message and a message is no record."""
    record = r.ReportSeenRecord(strategy="alpha", through=1, ts_ns=1)
    assert r.from_bytes(r.to_bytes(record)) == record
    with pytest.raises(InvariantViolation):
        BookOfOrders().apply(ReportSeen(strategy="alpha", boot=1, through=1))
