"""Alerts, limits, environment and the lifeline: small parts with sharp edges."""

import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.supervise import limits
from engine.supervise.alerts import Alert, Alerts
from engine.supervise.launch import LAST_WORDS_BYTES_MAX
from engine.supervise.lifeline import Lifeline, open_lifeline
from engine.supervise.spawn import environment

ROOT = Path(__file__).resolve().parents[3]


def alert(code: str, actor: str = "a") -> Alert:
    return Alert(ts_ns=1, actor=actor, code=code, text="t")


def test_alerts_are_bounded_and_keep_the_newest() -> None:
    """Memory does not grow with trouble; the total tells how many there were."""
    alerts = Alerts(count_max=3)
    for number in range(10):
        alerts.add(alert(str(number)))
    assert [row["code"] for row in alerts.rows()] == ["7", "8", "9"]
    assert alerts.total == 10


def test_a_lasting_condition_is_raised_once_until_it_is_over() -> None:
    """The same condition again is no news; after its end it is."""
    alerts = Alerts()
    assert alerts.add_lasting(alert("files"))
    assert not alerts.add_lasting(alert("files"))
    assert alerts.add_lasting(alert("files", actor="b"))
    alerts.clear("a", "files")
    assert alerts.add_lasting(alert("files"))
    assert alerts.total == 3


@pytest.mark.parametrize(
    ("used", "limit", "alarm"), [(69, 100, False), (70, 100, True), (4096, 4096, True)]
)
def test_the_descriptor_alarm_is_at_seventy_percent(used: int, limit: int, *, alarm: bool) -> None:
    """M18: the process aborts at the limit, so the alarm comes well before."""
    assert limits.files_alarm(used, limit) is alarm


def in_a_process(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_limits_are_applied_and_cannot_be_raised_again() -> None:
    """Soft and hard limits both; a host that allows less is not exceeded."""
    code = """
import resource
from engine.supervise import limits
from engine.supervise.specs import Limits
resource.setrlimit(resource.RLIMIT_NOFILE, (500, 600))
limits.make_private()
limits.apply(Limits(memory_mib=2048, files=1024, processes=32))
print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_AS),
      resource.getrlimit(resource.RLIMIT_CORE),
      resource.getrlimit(resource.RLIMIT_NPROC)[0] > 32)
"""
    size = 2048 * 1024 * 1024
    assert in_a_process(code) == f"(600, 600) ({size}, {size}) (0, 0) True"


def test_the_soft_descriptor_limit_is_raised() -> None:
    """A usual soft limit of 1,024 becomes what libzmq needs, as far as the hard one goes."""
    code = """
import resource
from engine.supervise import limits
resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}))
print(limits.raise_files_limit(), resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    assert in_a_process(code.format(hard=8192)) == "4096 (4096, 8192)"
    assert in_a_process(code.format(hard=300)) == "300 (300, 300)"
    assert in_a_process(code.format(hard=8192).replace("256", "5000")) == "5000 (5000, 8192)"


def test_use_of_memory_and_descriptors_is_counted() -> None:
    """The figures are those of the kernel; a process that is gone uses nothing."""
    before = limits.open_files()
    with open(os.devnull):  # noqa: PTH123 - a descriptor is wanted
        assert limits.open_files() == before + 1
    assert limits.rss_mib(os.getpid()) > 5
    assert limits.rss_mib(2**22 + 1) == 0.0
    assert limits.files_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert limits.threads_of_user(os.getuid()) >= 1


def test_the_environment_of_a_child_is_a_short_list() -> None:
    """What is not named is not handed on; the code is found without the working directory."""
    found = environment({"HOME": "/h", "API_SECRET": "x", "PYTHONPATH": "/extra", "PATH": "/bin"})
    assert "API_SECRET" not in found
    assert found["HOME"] == "/h"
    assert found["PYTHONPATH"] == f"{ROOT}:/extra"
    assert found["PYTHONSAFEPATH"] == "1"
    assert environment({})["PYTHONPATH"] == str(ROOT)


def test_last_words_come_through_bounded_and_printable() -> None:
    """They survive their speaker, are cut to size, and cannot forge a second line."""
    holder, theirs = open_lifeline()
    line = Lifeline(theirs.detach())
    line.last_words("Bad\nthing\x1b[31m " + "x" * 10_000)
    line._socket.close()
    words = holder.last_words()
    holder.close()
    assert words.startswith("Bad thing [31m xxx")
    assert len(words) <= LAST_WORDS_BYTES_MAX
    assert words.isprintable()


def test_silence_is_no_last_words() -> None:
    """A process killed from outside leaves nothing, and asking does not wait."""
    holder, theirs = open_lifeline()
    assert holder.last_words() == ""
    theirs.close()
    assert holder.last_words() == ""
    holder.close()


def test_last_words_to_a_dead_supervisor_are_no_error() -> None:
    """Neither an exception nor SIGPIPE."""
    holder, theirs = open_lifeline()
    line = Lifeline(theirs.detach())
    holder.close()
    line.last_words("anybody?")
    line._socket.close()


def test_the_line_is_not_inherited_further() -> None:
    """A process that the child starts does not hold the line open."""
    holder, theirs = open_lifeline()
    os.set_inheritable(theirs.fileno(), True)
    line = Lifeline(theirs.detach())
    assert not line._socket.get_inheritable()
    assert line._socket.family == socket.AF_UNIX
    line._socket.close()
    holder.close()
