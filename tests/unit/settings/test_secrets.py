"""Secrets come in by reference, from private files only, and never show themselves."""

from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.settings import Secret, read_credentials
from engine.settings.secrets import CredentialsSource

NAMES = ("api_key", "memo")


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def read(file: Path) -> dict[str, Secret]:
    return read_credentials("venues.x.credentials", NAMES, file=file, environ={})


def test_a_private_file_is_read(tmp_path: Path):
    """The named secrets come out, masked."""
    found = read(write(tmp_path / "s", 'api_key = "k"\nmemo = "canary"\n'))

    assert found["memo"].reveal() == "canary"
    assert "canary" not in repr(found)


def test_a_file_others_can_read_is_refused(tmp_path: Path):
    """Mode 0644 is a mistake worth stopping for."""
    with pytest.raises(ConfigError, match="can be read by others"):
        read(write(tmp_path / "s", 'api_key = "k"\nmemo = "m"\n', 0o644))


def test_a_link_is_refused(tmp_path: Path):
    """A symbolic link could point anywhere."""
    write(tmp_path / "s", "")
    (tmp_path / "link").symlink_to(tmp_path / "s")

    with pytest.raises(ConfigError, match="not a plain file"):
        read(tmp_path / "link")


def test_missing_and_unknown_names_are_reported_together(tmp_path: Path):
    """Both faults come in one error."""
    with pytest.raises(ConfigError) as caught:
        read(write(tmp_path / "s", 'api_key = "k"\napi_kye = "x"\n'))

    assert {p.path.rpartition(".")[2] for p in caught.value.problems} == {"memo", "api_kye"}


def test_a_broken_file_does_not_show_its_content(tmp_path: Path):
    """The parser's message may quote a secret, so it is not passed on."""
    with pytest.raises(ConfigError) as caught:
        read(write(tmp_path / "s", "api_key = canary-value"))

    assert "canary" not in str(caught.value)


def test_the_environment_is_a_source():
    """PREFIX_NAME variables work for development."""
    found = read_credentials(
        "p", NAMES, env_prefix="WOO", environ={"WOO_API_KEY": "k", "WOO_MEMO": "m"}
    )

    assert found["api_key"].reveal() == "k"


def test_a_source_gives_what_stands_there_now(tmp_path: Path):
    """Corrected in place and read again; what cannot be read is said each time."""
    file = write(tmp_path / "s", 'api_key = "old"\n')
    source = CredentialsSource(path="venues.x.credentials", names=NAMES, file=file)
    with pytest.raises(ConfigError, match="the secret is missing"):
        source.read({})
    write(file, 'api_key = "new"\nmemo = "m"\n')

    assert source.read({})["api_key"].reveal() == "new"


def test_a_source_may_be_the_environment():
    """Variables with the prefix."""
    source = CredentialsSource(path="venues.x.credentials", names=("memo",), env_prefix="X")

    assert source.read({"X_MEMO": "m"})["memo"].reveal() == "m"
