"""The run directory: one supervisor at a time, nothing of a dead run in the way, keys for its operators.

One flock decides who owns the directory; the kernel drops it however the owner dies. What a dead run
left is removed only where a lock proves that nobody holds it (socket files), or is written anew (keys).
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import trio

from engine.bus.endpoints import check_run_dir, prepare_run_dir
from engine.bus.keys import KeyPair
from engine.errors import ConfigError, EngineError, Problem
from engine.supervise.specs import OPERATOR, VIEWER

LOCK_NAME = "supervisor.lock"
LOGS_NAME = "logs"

KILL_NAME = "KILL"
"""A file of this name in the run directory pulls the kill switch: for when nothing else answers.
It stays until a person arms again, so that a router that is away finds it when it is back."""

ORPHANS_WITHIN_S = 3.0
"""Children of a killed supervisor end within a second of it; what is there longer is no orphan."""

ORPHANS_POLL_S = 0.05

KEY_FILE_BYTES_MAX = 64 * 1024
"""A key file names a handful of endpoints."""


class RunDirectoryBusy(EngineError):
    """Another engine owns this run directory; nothing was touched. Stop it, or use another one."""


@contextlib.contextmanager
def own(run_dir: Path) -> Iterator[None]:
    """Own the run directory for the length of the block; makes it, private, when it is missing.

    Raises:
        RunDirectoryBusy: another process owns it.
        ConfigError: it is not private, not ours, or its path is too long for sockets.
    """
    check_run_dir(run_dir)
    prepare_run_dir(run_dir)
    fd = os.open(run_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _take(fd, run_dir)
        (run_dir / LOGS_NAME).mkdir(mode=0o700, exist_ok=True)
        yield
    finally:
        os.close(fd)


def _take(fd: int, run_dir: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "?"
        raise RunDirectoryBusy(
            f"an engine runs in {run_dir} already (process {holder}): stop it first, or name "
            "another run directory"
        ) from None
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)


async def clear_stale(run_dir: Path, *, within_s: float = ORPHANS_WITHIN_S) -> None:
    """Remove socket files whose binders are provably dead; wait a little for those still dying.

    Raises:
        RunDirectoryBusy: a process that is not ours holds an endpoint and does not go.
    """
    held: list[str] = []
    with trio.move_on_after(within_s):
        # Polled: the kernel tells nobody when a lock falls.
        while held := [path.stem for path in _endpoint_locks(run_dir) if not _clear(path)]:  # noqa: ASYNC110
            await trio.sleep(ORPHANS_POLL_S)
    if held:
        raise RunDirectoryBusy(
            f"processes of an earlier engine still hold {', '.join(held)} in {run_dir}: end them "
            "first (they normally end by themselves within a second)"
        )


def _endpoint_locks(run_dir: Path) -> list[Path]:
    return sorted(path for path in run_dir.glob("*.lock") if path.name != LOCK_NAME)


def _clear(lock: Path) -> bool:
    """Whether nobody holds the lock; the socket file beside it is gone then."""
    fd = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.with_suffix(".ipc").unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def log_file(run_dir: Path, name: str) -> Path:
    """Where an actor logs."""
    return run_dir / LOGS_NAME / f"{name}.log"


def pull_kill_switch(run_dir: Path, reason: str) -> None:
    """Put the kill file there; the router acts on it within a tenth of a second.

    Raises:
        OSError: it could not be made.
    """
    file = run_dir / KILL_NAME
    fresh = file.with_name(f"{KILL_NAME}.new")
    try:
        fresh.write_text(reason, encoding="utf-8")
        fresh.replace(file)
    except OSError:
        file.touch()  # a full disk takes an empty file when it takes no reason


# --- keys of operators -------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class OutsideKey:
    """What a program outside needs to talk to a running engine: its pair and whom it may address."""

    pair: KeyPair
    servers: Mapping[str, bytes]


def write_key(run_dir: Path, role: str, pair: KeyPair, servers: Mapping[str, str]) -> None:
    """Write `<role>.key` for its owner only, whole or not at all."""
    content = {
        "role": role,
        "public": pair.public.decode("ascii"),
        "secret": pair.secret.decode("ascii"),
        "servers": dict(servers),
    }
    path = _key_file(run_dir, role)
    fresh = path.with_suffix(".key.new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        json.dump(content, file)
    fresh.replace(path)


def read_key(run_dir: Path, role: str) -> OutsideKey | None:
    """The key of a role in a running engine, None when there is none.

    Raises:
        ConfigError: the file is there but cannot be used.
    """
    path = _key_file(run_dir, role)
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(KEY_FILE_BYTES_MAX))
        pair = KeyPair(content["public"].encode(), content["secret"].encode())
        servers = {name: key.encode() for name, key in content["servers"].items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            Problem(str(path), f"cannot be used as a key ({type(error).__name__})")
        ) from None
    return OutsideKey(pair=pair, servers=servers)


def remove_keys(run_dir: Path) -> None:
    """Take the keys of a run that ends away: what is asked then finds no engine at once."""
    for role in (OPERATOR, VIEWER):
        _key_file(run_dir, role).unlink(missing_ok=True)


def _key_file(run_dir: Path, role: str) -> Path:
    return run_dir / f"{role}.key"
