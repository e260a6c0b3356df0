"""What venues of our own testify: one line of JSON for each thing that happened, off unless asked for.

A line is one system call on an append-only file, so a process that is killed leaves whole lines, and
the next boot goes on behind them. Nothing here knows what the lines mean; `gathering` reads them.
"""

import json
import os
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path

FILE_MODE = 0o600
SUFFIX = ".jsonl"


def file_of(folder: Path, actor: str) -> Path:
    """Where an actor's witness writes."""
    return folder / f"{actor}{SUFFIX}"


class WitnessFile:
    """One actor's lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, FILE_MODE)

    @classmethod
    def wanted(cls, path: str) -> "WitnessFile | None":
        """A file where a path was given: an empty one stands for none, as in every normal run."""
        return cls(Path(path)) if path else None

    def note(self, mono_ns: int, word: str, **details: object) -> None:
        """Append one line; details that are None or empty are left out."""
        said = {key: _plain(value) for key, value in details.items() if value not in (None, "")}
        line = json.dumps({"mono_ns": mono_ns, "word": word, **said}) + "\n"
        os.write(self._descriptor, line.encode())

    def close(self) -> None:
        """Let go of the file; closing twice does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def lines_of(path: Path) -> Iterator[Mapping[str, object]]:
    """The lines of a witness in their order; none when it never wrote. A torn last line is left out.

    Raises:
        ValueError: a line in the middle is no JSON.
    """
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    for line in whole.splitlines():
        yield json.loads(line)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.value if isinstance(value, Enum) else value
