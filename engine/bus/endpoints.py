"""Where sockets live: addresses in one private directory, each guarded by a lock.

A second bind on an ipc path succeeds and silently takes over, so every binder holds an flock on a
neighbouring file for the life of its socket, and cleans up a stale socket file only under it.
"""

import errno
import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from engine.errors import BusError, ConfigError, LocalProtocolError, Problem

PATH_BYTES_MAX = 107
"""The kernel's limit for a Unix socket path."""

ENDPOINT_CHARS_MAX = 40
"""Longest endpoint name there may be; `market.<feed>` with room to spare."""

PLAIN_ENDPOINTS = ("market.", "replay.")
"""Prefixes of endpoints without keys: they carry market data only and change no state."""


def is_plain(endpoint: str) -> bool:
    """Whether the endpoint goes without CURVE."""
    return endpoint.startswith(PLAIN_ENDPOINTS)


def check_run_dir(run_dir: Path) -> None:
    """Refuse a run directory too long for a socket path; for use when the configuration is read.

    Raises:
        ConfigError: with the number of characters to save.
    """
    longest = len(os.fsencode(run_dir)) + 1 + ENDPOINT_CHARS_MAX + len(".ipc")
    if longest > PATH_BYTES_MAX:
        raise ConfigError(
            Problem(
                "run_dir",
                f"{run_dir} is too long for Unix sockets by {longest - PATH_BYTES_MAX} characters",
                "name a shorter directory",
            )
        )


def socket_path(run_dir: Path, endpoint: str) -> Path:
    """The socket file of an endpoint.

    Raises:
        LocalProtocolError: for a name that is no plain file name of the allowed length.
        ConfigError: when the whole path is longer than the kernel takes.
    """
    allowed = endpoint.replace(".", "").replace("_", "").replace("-", "")
    if not (allowed.isalnum() and endpoint.isascii() and len(endpoint) <= ENDPOINT_CHARS_MAX):
        raise LocalProtocolError(f"{endpoint!r} is not an endpoint name")
    path = run_dir / f"{endpoint}.ipc"
    length = len(os.fsencode(path))
    if length > PATH_BYTES_MAX:
        raise ConfigError(
            Problem("run_dir", f"{path} has {length} bytes, a Unix socket {PATH_BYTES_MAX} at most")
        )
    return path


def address_of(run_dir: Path, endpoint: str) -> str:
    """The ZeroMQ address of an endpoint; errors as in `socket_path`."""
    return f"ipc://{socket_path(run_dir, endpoint)}"


def prepare_run_dir(run_dir: Path) -> None:
    """Make the directory with mode 0700, or check that the one there is ours and private.

    Raises:
        ConfigError: when it is a symlink, no directory, another user's, or open to others.
    """
    with suppress(FileExistsError):
        run_dir.mkdir(mode=0o700, parents=True)
    state = run_dir.lstat()
    if not stat.S_ISDIR(state.st_mode):
        _refuse(run_dir, "is not a directory (symbolic links are not followed)")
    if state.st_uid != os.geteuid():
        _refuse(run_dir, f"belongs to user {state.st_uid}, not to us")
    if stat.S_IMODE(state.st_mode) & 0o077:
        _refuse(run_dir, f"has mode {stat.S_IMODE(state.st_mode):04o}, others may enter")


def _refuse(run_dir: Path, problem: str) -> None:
    hint = "use a directory of your own with mode 0700"
    raise ConfigError(Problem("run_dir", f"{run_dir} {problem}", hint))


class EndpointLock:
    """The right to bind one endpoint, from construction to `release`.

    The kernel drops the lock when the process dies, however it dies; the file stays. Released
    only when the socket is truly gone: its listener removes the socket file when it ends.

    Raises:
        BusError: another process (or another bus of this one) holds the endpoint, or something
            that is no lock or no socket stands in its place.
    """

    __slots__ = ("_fd", "endpoint")

    def __init__(self, run_dir: Path, endpoint: str) -> None:
        path = socket_path(run_dir, endpoint)
        self.endpoint = endpoint
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._fd = os.open(path.with_name(f"{endpoint}.lock"), flags, 0o600)
        except OSError as error:
            raise BusError(f"the lock of endpoint {endpoint} cannot be opened: {error}") from error
        try:
            self._take()
            _remove_stale(path)
        except (OSError, BusError):
            os.close(self._fd)
            raise

    def _take(self) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.EACCES}:
                raise
            raise BusError(
                f"endpoint {self.endpoint} is held by another process: end that one first"
            ) from error

    def release(self) -> None:
        """Let others bind; may be called again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _remove_stale(path: Path) -> None:
    """Remove the socket file of a binder that died; the caller holds the lock."""
    try:
        state = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(state.st_mode):
        raise BusError(f"{path.name} in the run directory is not a socket: remove it by hand")
    path.unlink()


def make_private(run_dir: Path, endpoint: str) -> None:
    """Take the socket file from other users whatever the umask was when it was bound."""
    socket_path(run_dir, endpoint).chmod(0o600)
