"""What a session keeps from one boot to the next, for venues that cannot be asked for it: one small file.

Written as a whole beside the old one and put in its place, so a reader finds the one or the other.
"""

from pathlib import Path
from typing import Final, Protocol, runtime_checkable

KEPT_BYTES_MAX: Final = 1 << 20


@runtime_checkable
class KeepsTexts(Protocol):
    """Offered in addition by a sink that can keep what a protocol wants kept."""

    def keep(self, text: str) -> None:
        """Keep this text for the next boot."""
        ...


class KeptText:
    """The text of one session.

    Args:
        path: where it is; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self) -> str:
        """What was kept; empty when nothing was, or when it cannot be read."""
        if self._path is None:
            return ""
        try:
            with self._path.open("rb") as file:
                data = file.read(KEPT_BYTES_MAX + 1)
            return data.decode() if len(data) <= KEPT_BYTES_MAX else ""
        except (OSError, UnicodeDecodeError):
            return ""

    def store(self, text: str) -> str:
        """Keep it; why that was not possible, or empty."""
        if self._path is None:
            return ""
        data = text.encode()
        if len(data) > KEPT_BYTES_MAX:
            return f"{len(data)} bytes; the limit is {KEPT_BYTES_MAX}"
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.write_bytes(data)
            beside.replace(self._path)
        except OSError as error:
            return f"{self._path}: {error.strerror}"
        return ""
