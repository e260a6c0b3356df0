"""A world of its own: private processes, loopback and disk; nothing survives its first process."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from engine.drill.isolation import INSIDE, STATE_MIB, run_isolated
from tests.kit.waiting import until_blocking

LOOK = f"""
import json, os, socket
folder = os.environ[{INSIDE!r}]
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
disk = os.statvfs(folder)
print(json.dumps({{"parent": os.getppid(), "interfaces": [n for _, n in socket.if_nameindex()],
                   "mib": disk.f_blocks * disk.f_frsize >> 20}}))
raise SystemExit(7)
"""


@pytest.fixture
def _namespaces(tmp_path: Path):
    if (done := run_isolated(["-c", ""], tmp_path, os.environ)).code is None:
        pytest.skip(f"no namespaces here: {done.refused}")


@pytest.mark.usefixtures("_namespaces")
def test_inside_is_a_private_world(tmp_path: Path, capfd):
    """Own process numbers, nothing but loopback, a small disk; the exit code comes out."""
    assert run_isolated(["-c", LOOK], tmp_path, os.environ).code == 7
    assert capfd.readouterr().out.strip() == (
        f'{{"parent": 1, "interfaces": ["lo"], "mib": {STATE_MIB}}}'
    )


@pytest.mark.usefixtures("_namespaces")
def test_nothing_survives_the_command(tmp_path: Path):
    """A process that was left behind, in a session of its own, ends with the namespace."""
    mark = f"left-behind-{os.getpid()}"
    leave = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
        f"'import time; time.sleep(600)', {mark!r}], start_new_session=True)"
    )
    assert run_isolated(["-c", leave], tmp_path, os.environ).code == 0
    until_blocking(lambda: not any(mark in _words(p) for p in psutil.process_iter()))


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_where_it_is_refused_the_reason_comes_back(tmp_path: Path):
    """An unusable folder stands for a kernel that refuses: no code, a reason, nothing ran."""
    marker = tmp_path / "ran"
    (tmp_path / "disk").write_text("a file is in the way")
    code = f"from pathlib import Path; Path({str(marker)!r}).touch()"
    done = run_isolated(["-c", code], tmp_path, os.environ)
    assert done.code is None
    assert done.refused
    assert not marker.exists()
    assert sys.executable
