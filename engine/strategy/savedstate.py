"""A strategy's saved state on disk: one small JSON file, replaced whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from engine.errors import ConfigError, LimitExceeded, Problem

SAVED_BYTES_MAX = 1024 * 1024
"""What a strategy saves is a handful of numbers; more belongs into its own files."""


def load_saved(file: Path) -> Mapping[str, object]:
    """The state saved last, empty when there is none.

    Raises:
        ConfigError: the file is there but cannot be read; starting without it could trade wrongly.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(
            Problem(str(file), f"saved state cannot be read: {error}", "repair or remove the file")
        ) from None
    if not isinstance(content, dict):
        raise ConfigError(Problem(str(file), "saved state is not a table", "remove the file"))
    return content


def store_saved(file: Path, state: Mapping[str, object]) -> None:
    """Replace the saved state; after a crash either the old or the new one is there.

    Raises:
        LimitExceeded: the state is larger than 1 MiB.
        TypeError, ValueError: the state is not texts, numbers, lists and tables.
    """
    text = json.dumps(state, allow_nan=False)
    if len(text) > SAVED_BYTES_MAX:
        raise LimitExceeded(f"saved state has {len(text)} bytes, at most {SAVED_BYTES_MAX}")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
