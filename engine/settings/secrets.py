"""Secrets by reference: read from a private file or, for development, from the environment.

A secret never stands in a configuration file, in argv or in an environment we make; it travels to
its actor over the spec pipe. `Secret` masks itself wherever it is printed.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

import attrs

from engine.errors import ConfigError, Problem

SECRET_FILE_BYTES_MAX = 64 * 1024
"""No set of credentials is larger; a bound against reading the wrong file."""


class Secret:
    """A text that does not show itself: `repr` and `str` are masked, `reveal()` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; hand it only to what must have it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@attrs.frozen(kw_only=True)
class CredentialsSource:
    """Where credentials are read from, so that they can be read again.

    Attributes:
        path: where the reference stands in the configuration, for messages.
        names: which secrets there must be.
        file: as in `read_credentials`.
        env_prefix: as in `read_credentials`.
    """

    path: str
    names: tuple[str, ...]
    file: Path | None = None
    env_prefix: str = ""

    def read(self, environ: Mapping[str, str]) -> dict[str, Secret]:
        """What stands there now. Raises ConfigError as `read_credentials`."""
        return read_credentials(
            self.path, self.names, file=self.file, env_prefix=self.env_prefix, environ=environ
        )


def read_credentials(
    path: str,
    names: tuple[str, ...],
    *,
    file: Path | None = None,
    env_prefix: str = "",
    environ: Mapping[str, str],
) -> dict[str, Secret]:
    """The named secrets from a 0600 TOML file or from `PREFIX_NAME` variables.

    Args:
        path: where the reference stands in the configuration, for messages.
        names: which secrets are needed; others in the file are refused.
        file: the file, when the reference names one.
        env_prefix: the variables' prefix, when the reference names one.
        environ: the environment to read from.

    Raises:
        ConfigError: with every problem: missing file, wrong owner or mode, missing or unknown names.
    """
    found = _from_file(path, file) if file is not None else _from_env(names, env_prefix, environ)
    problems = [
        Problem(f"{path}.{name}", "the secret is missing", _where(name, file, env_prefix))
        for name in names
        if not found.get(name)
    ]
    problems += [
        Problem(f"{path}.{name}", "unknown secret", f"known are: {', '.join(names)}")
        for name in found
        if name not in names
    ]
    if problems:
        raise ConfigError(*problems)
    return {name: Secret(found[name]) for name in names}


def _where(name: str, file: Path | None, env_prefix: str) -> str:
    if file is not None:
        return f'write {name} = "…" into {file.name}'
    return f"set the environment variable {env_prefix}_{name.upper()}"


def _from_env(names: tuple[str, ...], prefix: str, environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ.get(f"{prefix}_{name.upper()}", "") for name in names}


def _from_file(path: str, file: Path) -> dict[str, str]:
    problem = _file_problem(file)
    if problem:
        raise ConfigError(Problem(path, *problem))
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The parser's own message may quote a piece of a secret, so it is not passed on.
        raise ConfigError(
            Problem(path, f"{file.name} is not valid TOML", 'write one name = "value" per line')
        ) from None
    return {name: value for name, value in content.items() if isinstance(value, str)}


def _file_problem(file: Path) -> tuple[str, str] | None:
    """What forbids to read this secret file, as (problem, hint)."""
    try:
        status = os.lstat(file)
    except OSError as error:
        return f"cannot read {file}: {error.strerror}", "create it with mode 0600"
    if not stat.S_ISREG(status.st_mode):
        return f"{file} is not a plain file", "symbolic links to secrets are refused"
    if status.st_uid != os.getuid():
        return f"{file} belongs to another user", "it must be owned by the user who runs the engine"
    if stat.S_IMODE(status.st_mode) & 0o077:
        return f"{file} can be read by others", f"chmod 600 {file.name}"
    if status.st_size > SECRET_FILE_BYTES_MAX:
        return f"{file} is larger than {SECRET_FILE_BYTES_MAX} bytes", "it should hold a few lines"
    return None
