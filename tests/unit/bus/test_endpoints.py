"""Addresses, lengths, locks."""

from pathlib import Path

import pytest

from engine.bus.endpoints import (
    ENDPOINT_CHARS_MAX,
    PATH_BYTES_MAX,
    EndpointLock,
    address_of,
    check_run_dir,
    is_plain,
    prepare_run_dir,
    socket_path,
)
from engine.bus.keys import KeyPair, generate
from engine.errors import BusError, ConfigError, LocalProtocolError
from tests.kit.rundir import short_run_dir


def test_addresses():
    """An endpoint's address follows from its name."""
    assert address_of(Path("/run/x"), "market.wooxpro") == "ipc:///run/x/market.wooxpro.ipc"


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", "a b", "a\0b", "ä", ".", "x" * (ENDPOINT_CHARS_MAX + 1)]
)
def test_odd_endpoint_names_are_refused(name):
    """Only short plain names become files."""
    with pytest.raises(LocalProtocolError):
        socket_path(Path("/run"), name)


def test_long_paths_are_refused_when_the_configuration_is_read():
    """A run directory that leaves no room for any endpoint is a configuration error (M15)."""
    room = PATH_BYTES_MAX - 1 - ENDPOINT_CHARS_MAX - len(".ipc")
    check_run_dir(Path("/" + "x" * (room - 1)))
    with pytest.raises(ConfigError, match="too long"):
        check_run_dir(Path("/" + "x" * room))
    with pytest.raises(ConfigError):
        socket_path(Path("/" + "x" * PATH_BYTES_MAX), "control")
    check_run_dir(Path("/" + "ä" * (room // 2 - 1)))
    with pytest.raises(ConfigError):
        check_run_dir(Path("/" + "ä" * (room // 2 + 1)))


def test_only_market_data_goes_without_keys():
    """Every endpoint that can change state is keyed."""
    assert [
        e
        for e in ("market.x", "replay.x", "control", "admin", "strategies", "sessions", "operator")
        if is_plain(e)
    ] == [
        "market.x",
        "replay.x",
    ]


def test_a_lock_excludes_and_is_released():
    """One holder at a time; release may be called twice."""
    with short_run_dir() as run_dir:
        first = EndpointLock(run_dir, "control")
        with pytest.raises(BusError, match="control"):
            EndpointLock(run_dir, "control")
        EndpointLock(run_dir, "admin").release()
        first.release()
        first.release()
        EndpointLock(run_dir, "control").release()


def test_a_linked_lock_file_is_refused():
    """A symbolic link where the lock should be is not followed."""
    with short_run_dir() as run_dir:
        (run_dir / "control.lock").symlink_to(run_dir / "elsewhere")
        with pytest.raises(BusError, match="cannot be opened"):
            EndpointLock(run_dir, "control")
        assert not (run_dir / "elsewhere").exists()


def test_the_run_directory_is_made_with_its_parents():
    """A missing directory is made private; an existing private one is accepted."""
    with short_run_dir() as root:
        run_dir = root / "a" / "b"
        prepare_run_dir(run_dir)
        prepare_run_dir(run_dir)
        assert run_dir.stat().st_mode & 0o777 == 0o700


def test_secrets_do_not_show():
    """Neither repr nor str of a key pair contains the secret; odd keys are refused."""
    pair = generate()
    for text in (repr(pair), str(pair), f"{pair}", repr([pair])):
        assert pair.secret.decode() not in text
        assert pair.public.decode() in text or repr(pair.public.decode())[1:-1] in text
    for wrong in (b"", pair.public[:-1], pair.public + b"x"):
        with pytest.raises(ValueError, match="CURVE"):
            KeyPair(pair.public, wrong)
