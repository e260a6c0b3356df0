"""Run directories short enough for Unix sockets: pytest's own tmp_path often is not."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short_run_dir() -> Iterator[Path]:
    """A fresh private directory with a short path, removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="pb"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
