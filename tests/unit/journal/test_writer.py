"""Appending and committing: nothing acknowledged is lost, nothing half-written stays."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from engine.errors import JournalBusy, JournalCorrupt, JournalError, JournalFull, LimitExceeded
from engine.journal.reader import read
from engine.journal.record import FRAME_BYTES, HEADER_BYTES, RECORD_BYTES_MAX
from engine.journal.scan import scan
from engine.journal.writer import BATCH_BYTES_MAX, Durability, JournalWriter
from tests.kit.journal import FaultyFile, open_writer, pieces
from tests.kit.waiting import deadline_s

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def bodies(path: Path) -> list[bytes]:
    found = scan(path.read_bytes())
    assert found.end.clean
    return [record.body for record in found.records]


def faulty(
    path: Path, durability: Durability = Durability.PROCESS
) -> tuple[JournalWriter, FaultyFile]:
    writer = open_writer(path, durability, open_file=FaultyFile.open)
    assert isinstance(writer._file, FaultyFile)
    return writer, writer._file


def test_appended_records_are_in_the_file_at_once(path: Path) -> None:
    """Each append is a whole record in the file before it returns, numbered from 1."""
    with open_writer(path) as writer:
        for number, body in enumerate([b"a", b"bb", b"ccc"], 1):
            assert writer.append(body) == number == writer.sequence
            assert path.read_bytes() == b"".join(pieces([b"a", b"bb", b"ccc"][:number]))
            assert writer.size_bytes == path.stat().st_size


def test_a_batch_is_one_write(path: Path) -> None:
    """A batch is numbered like single records and handed over in one write; an empty one is none."""
    writer, file = faulty(path)
    with writer:
        before = file.writes
        assert writer.append_batch([]) == range(1, 1)
        assert writer.append_batch([b"a", b"b", b"c"]) == range(1, 4)
        assert file.writes == before + 1
        assert writer.append(b"d") == 4
    assert path.read_bytes() == b"".join(pieces([b"a", b"b", b"c", b"d"]))


def test_reopening_continues(path: Path) -> None:
    """A journal opened again replays its records in order and goes on with the next number."""
    with open_writer(path) as writer:
        assert writer.recovered.created
        writer.append_batch([b"a", b"b"])
    replayed: list[tuple[int, bytes]] = []
    with open_writer(
        path, on_record=lambda record: replayed.append((record.sequence, record.body))
    ) as writer:
        assert not writer.recovered.created
        assert (writer.sequence, writer.synced_sequence) == (2, 2)
        assert writer.append(b"c") == 3
    assert replayed == [(1, b"a"), (2, b"b")]
    assert bodies(path) == [b"a", b"b", b"c"]


def test_a_torn_tail_is_dropped_and_its_number_used_again(path: Path) -> None:
    """After a torn write the next record takes the number of the one that never was."""
    path.write_bytes(b"".join(pieces([b"a", b"torn"]))[:-1])
    with open_writer(path) as writer:
        assert writer.recovered.dropped_bytes == FRAME_BYTES + 3
        assert writer.append(b"b") == 2
    assert bodies(path) == [b"a", b"b"]


def test_middle_damage_is_refused_and_the_lock_released(path: Path) -> None:
    """A journal with middle damage cannot be written, and the refusal holds nothing."""
    data = bytearray(b"".join(pieces([b"a", b"b"])))
    data[HEADER_BYTES] ^= 1
    path.write_bytes(data)
    for _ in range(2):
        with pytest.raises(JournalCorrupt):
            open_writer(path)


def test_two_writers(path: Path) -> None:
    """A second writer is refused and does not disturb the first."""
    with open_writer(path) as writer:
        writer.append(b"a")
        with pytest.raises(JournalBusy):
            open_writer(path)
        writer.append(b"b")
    assert bodies(path) == [b"a", b"b"]


def test_bounds_are_checked_before_anything_is_written(path: Path) -> None:
    """Bodies and batches beyond their bounds leave file and numbering as they were."""
    big = bytes(RECORD_BYTES_MAX)
    with open_writer(path) as writer:
        for bad in (b"", big + b"x"):
            with pytest.raises(LimitExceeded):
                writer.append(bad)
            with pytest.raises(LimitExceeded):
                writer.append_batch([b"fine", bad])
        with pytest.raises(LimitExceeded, match="batch_bytes_max"):
            writer.append_batch([big] * (BATCH_BYTES_MAX // RECORD_BYTES_MAX))
        assert writer.append(b"a") == 1
    assert bodies(path) == [b"a"]


# --- durability -----------------------------------------------------------------------------


def test_process_level_never_syncs(path: Path) -> None:
    """At the process level a commit acknowledges what was appended and costs no sync."""
    writer, file = faulty(path)
    with writer:
        writer.append(b"a")
        assert writer.synced_sequence == 0
        assert writer.commit() == 1 == writer.synced_sequence
        assert (file.syncs, writer.sync_times.count) == (0, 0)


def test_power_level_syncs_once_per_batch(path: Path) -> None:
    """At the power level one commit is one sync for all records before it, measured by the clock."""
    writer, file = faulty(path, Durability.POWER)
    with writer:
        opened = file.syncs
        writer.append(b"a")
        writer.append_batch([b"b", b"c"])
        assert writer.synced_sequence == 0
        assert writer.commit() == 3 == writer.synced_sequence
        assert writer.commit() == 3
        assert file.syncs == opened + 1
        writer.append(b"d")
        writer.commit()
    times = writer.sync_times
    assert (times.count, times.last_ns, times.max_ns, times.total_ns) == (2, 10, 10, 20)


async def test_commit_in_a_thread_covers_what_was_there_when_it_began(path: Path) -> None:
    """Records appended while a sync runs in a thread wait for the next one."""
    writer, file = faulty(path, Durability.POWER)
    began, appended = trio.Event(), trio.Event()
    token = trio.lowlevel.current_trio_token()

    def wait_for_the_append() -> None:
        trio.from_thread.run_sync(began.set, trio_token=token)
        trio.from_thread.run(appended.wait, trio_token=token)

    file.before_sync = wait_for_the_append
    with writer:
        writer.append(b"a")
        with trio.fail_after(deadline_s(10)):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.to_thread.run_sync, writer.commit)
                await began.wait()
                writer.append(b"b")
                appended.set()
        assert (writer.sequence, writer.synced_sequence) == (2, 1)


# --- a disk that fails ----------------------------------------------------------------------


@pytest.mark.parametrize("space", range(FRAME_BYTES + 5))
def test_a_short_write_is_cut_back(path: Path, space: int) -> None:
    """However much of a record fitted, nothing of it stays, and the writer goes on with space."""
    writer, file = faulty(path)
    with writer:
        writer.append(b"before")
        size = path.stat().st_size
        file.space = space
        with pytest.raises(JournalFull):
            writer.append(b"12345")
        assert (path.stat().st_size, writer.sequence, writer.poisoned) == (size, 1, "")
        file.space = None
        assert writer.append(b"after") == 2
    assert bodies(path) == [b"before", b"after"]


def test_a_short_batch_is_cut_back_whole(path: Path) -> None:
    """A batch that did not fit leaves none of its records, also not those that did."""
    writer, file = faulty(path)
    with writer:
        file.space = 2 * (FRAME_BYTES + 1) + 3
        with pytest.raises(JournalFull):
            writer.append_batch([b"a", b"b", b"c"])
        file.space = None
        assert writer.append_batch([b"d"]) == range(1, 2)
    assert bodies(path) == [b"d"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_space_can_be_tried_again(path: Path, number: int) -> None:
    """Errors that mean "no space" are JournalFull and do not end the writer."""
    writer, file = faulty(path)
    with writer:
        file.fail_write = number
        with pytest.raises(JournalFull):
            writer.append(b"a")
        file.fail_write = None
        assert writer.append(b"b") == 1
        assert writer.commit() == 1


def poison_by_write(writer: JournalWriter, file: FaultyFile) -> None:
    file.fail_write = errno.EIO
    writer.append(b"x")


def poison_by_truncate(writer: JournalWriter, file: FaultyFile) -> None:
    file.space, file.fail_truncate = 3, errno.EIO
    writer.append(b"x")


def poison_by_sync(writer: JournalWriter, file: FaultyFile) -> None:
    file.fail_sync = errno.EIO
    writer.append(b"never synced")
    writer.commit()


@pytest.mark.parametrize("poison", [poison_by_write, poison_by_truncate, poison_by_sync])
def test_a_poisoned_writer_never_goes_on(
    path: Path, poison: Callable[[JournalWriter, FaultyFile], None]
) -> None:
    """After a failed sync, or a failure that cannot be undone, every further call is refused.

    Even though the disk would work again; and what was synced before is still there.
    """
    writer, file = faulty(path, Durability.POWER)
    with writer:
        writer.append(b"safe")
        writer.commit()
        with pytest.raises(JournalError) as caught:
            poison(writer, file)
        assert not isinstance(caught.value, JournalFull)
        file.space = file.fail_write = file.fail_sync = file.fail_truncate = None
        size = path.stat().st_size
        for call in (
            lambda: writer.append(b"y"),
            lambda: writer.append_batch([b"y"]),
            writer.commit,
        ):
            with pytest.raises(JournalError, match="open the journal again"):
                call()
        assert writer.poisoned
        assert writer.synced_sequence == 1
        assert path.stat().st_size == size
    with open_writer(path, Durability.POWER) as writer:
        assert writer.sequence in {1, 2}


def test_a_closed_writer_refuses(path: Path) -> None:
    """After close nothing is written any more; closing twice is harmless."""
    writer = open_writer(path)
    writer.close()
    writer.close()
    for call in (lambda: writer.append(b"x"), lambda: writer.append_batch([b"x"]), writer.commit):
        with pytest.raises(JournalError, match="closed"):
            call()


LIMITED = """
import resource, sys
from pathlib import Path
from engine.errors import JournalFull
from engine.journal import Durability
from tests.kit.journal import open_writer

with open_writer(Path(sys.argv[1])) as writer:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    refused = 0
    while refused < 2:
        try:
            writer.append(b"x" * 60)
        except JournalFull:
            refused += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    writer.append(b"space again")
    print(writer.sequence)
"""


def test_a_real_short_write(path: Path) -> None:
    """Under RLIMIT_FSIZE the kernel writes 20 of 80 bytes and then refuses; neither leaves a trace."""
    if resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY:
        pytest.skip("the limit of this shell cannot be lifted again")
    limit = HEADER_BYTES + 3 * 80 + 20
    output = subprocess.run(
        [sys.executable, "-c", LIMITED, path, str(limit)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=deadline_s(20),
    )
    assert output.stdout == b"4\n"
    assert bodies(path) == [b"x" * 60] * 3 + [b"space again"]


# --- killed ---------------------------------------------------------------------------------

WRITING = """
import os, sys
from pathlib import Path
from engine.journal import Durability
from tests.kit.journal import open_writer

with open_writer(Path(sys.argv[1]), Durability(sys.argv[2])) as writer:
    for number in range(200_000):
        if number % 3:
            sequence = writer.append(b"%d" % (writer.sequence + 1))
        else:
            first = writer.sequence + 1
            sequence = writer.append_batch([b"%d" % first, b"%d" % (first + 1)])[-1]
        writer.commit()
        os.write(1, b"%d\\n" % sequence)
"""


@pytest.mark.parametrize("durability", list(Durability))
def test_sigkill_loses_no_acknowledged_record(path: Path, durability: Durability) -> None:
    """Every record whose commit returned before a SIGKILL is there, over several kills in a row."""
    acknowledged = 0
    for lines in (1, 40, 333, 1500):
        with subprocess.Popen(
            [sys.executable, "-c", WRITING, path, durability], stdout=subprocess.PIPE, cwd=ROOT
        ) as process:
            assert process.stdout is not None
            for _ in range(lines):
                acknowledged = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().split(b"\n")[:-1]
            acknowledged = max([acknowledged, *map(int, rest)])
        with read(path) as recovery:
            found = [(record.sequence, record.body) for record in recovery]
        assert recovery.reason.recoverable
        assert len(found) >= acknowledged > 0
        assert found == [(number, b"%d" % number) for number in range(1, len(found) + 1)]


def test_descriptors_do_not_leak_to_children(path: Path) -> None:
    """A process started while the journal is open does not inherit it."""
    with open_writer(path) as writer:
        assert not os.get_inheritable(writer._file._descriptor)
