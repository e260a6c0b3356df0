"""The null venue of the benchmarks: what its two processes tell each other is whole."""

import subprocess
import sys
from pathlib import Path

from benchmarks.null_venue import Counter
from tests.kit.waiting import deadline_s

COUNT = 300_000

WRITER = """
import sys
from benchmarks.null_venue import Counter
counter = Counter(sys.argv[1])
for number in range(1, int(sys.argv[2]) + 1):
    counter.value = number
"""


def test_a_reader_never_sees_half_a_number(tmp_path: Path) -> None:
    """Found as a saturation of 18,000 ticks/s: a 0 read between two numbers threw the window away."""
    file = str(tmp_path / "counter")
    counter = Counter(file)
    seen = [0]
    with subprocess.Popen([sys.executable, "-c", WRITER, file, str(COUNT)]) as writer:
        while writer.poll() is None:
            seen.append(counter.value)
        writer.wait(deadline_s(10))
    assert writer.returncode == 0
    assert counter.value == COUNT
    assert seen == sorted(seen)


def test_two_processes_may_make_the_number_at_once(tmp_path: Path) -> None:
    """Found as a process that saw a file without contents; what is there already is kept."""
    file = tmp_path / "counter"
    file.touch()
    first, second = Counter(str(file)), Counter(str(file))
    first.value = 7
    assert second.value == Counter(str(file)).value == 7
