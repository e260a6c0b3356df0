"""Where the journal of a run is: the router says so in the run directory, for whoever looks later.

The journal itself outlives runs and stands in the state directory. The note is kept when the run
ends, so that its journal is found by the run directory alone.
"""

import os
from pathlib import Path

from engine.errors import ConfigError, Problem

NOTE_NAME = "journal.path"

NOTE_BYTES_MAX = 4096
"""The longest path there is."""


def note(run_dir: Path, journal: Path) -> None:
    """Say in the run directory where its journal is. OSError when that cannot be written."""
    file = run_dir / NOTE_NAME
    fresh = file.with_suffix(".path.new")
    fresh.write_bytes(os.fsencode(journal.absolute()))
    fresh.replace(file)


def noted(run_dir: Path) -> Path | None:
    """The journal of the last run in a run directory; None where no router has run.

    Raises:
        ConfigError: the note is there but cannot be used.
    """
    file = run_dir / NOTE_NAME
    try:
        with file.open("rb") as opened:
            content = opened.read(NOTE_BYTES_MAX + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(Problem(str(file), f"cannot be read: {error.strerror}")) from None
    journal = Path(os.fsdecode(content))
    if len(content) > NOTE_BYTES_MAX or b"\0" in content or not journal.is_absolute():
        hint = "name the journal itself, or the configuration with -c"
        raise ConfigError(Problem(str(file), "does not name a journal", hint))
    return journal
