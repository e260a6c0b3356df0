"""Lines of JSON for whoever reads our standard output, who may be slow or go away at any time.

An engine must not stand still, let alone end, because of its reader: what would block is left out,
and once nobody reads, nothing is printed any more.
"""

import contextlib
import json
import os
import select
import sys
from collections.abc import Mapping
from typing import TextIO


class JsonLines:
    """Writes one object per line until the reader is gone.

    Attributes:
        dropped: lines left out because the reader did not keep up.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        """`out` is standard output unless given."""
        self.dropped = 0
        self._out = sys.stdout if out is None else out
        self._open = True

    def write(self, row: Mapping[str, object], *, patient: bool = False) -> None:
        """Print one line; a `patient` one waits for a slow reader instead of being left out."""
        if not self._open:
            return
        try:
            if not patient and not self._writable():
                self.dropped += 1
                return
            self._out.write(json.dumps(row, default=str) + "\n")
            self._out.flush()
        except OSError:
            self._open = False
            silence(self._out)

    def _writable(self) -> bool:
        try:
            return bool(select.select([], [self._out], [], 0.0)[1])
        except ValueError:  # no descriptor, so nothing that could block
            return True


def silence(out: TextIO) -> None:
    """Send further output nowhere: Python would report it as an error at exit."""
    # Under a test's capture there is no descriptor.
    with contextlib.suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(null, out.fileno())
        os.close(null)
