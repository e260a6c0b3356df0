"""A strategy's saved state on disk: one small JSON file, replaced whole or not at all.

With the state goes the number of the last report that the strategy had handled, so that the two can
never disagree: after a restart it hears what came after its state, and nothing twice.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import attrs

from engine.errors import ConfigError, LimitExceeded, Problem
from engine.strategy.outbox import SaveState

SAVED_BYTES_MAX = 1024 * 1024
"""What a strategy saves is a handful of numbers; more belongs into its own files."""


def check_saved(state: Mapping[str, object]) -> None:
    """Refuse a state that could not be kept while whoever made it can still be named.

    Raises:
        LimitExceeded, TypeError, ValueError: as `store_saved`.
    """
    try:
        text = json.dumps(state, allow_nan=False)
    except (TypeError, ValueError) as error:
        kinds = "texts, finite numbers, lists and tables"
        raise type(error)(f"save takes {kinds} (a Decimal as text): {error}") from None
    _check_size(text)


def load_saved(file: Path) -> SaveState:
    """What was saved last, empty when there is nothing.

    Raises:
        ConfigError: the file is there but cannot be read; starting without it could trade wrongly.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SaveState()
    except (OSError, ValueError) as error:
        raise ConfigError(
            Problem(str(file), f"saved state cannot be read: {error}", "repair or remove the file")
        ) from None
    if not _is_saved(content):
        raise ConfigError(Problem(str(file), "this is no saved state", "remove the file"))
    return SaveState(**content)


def _is_saved(content: object) -> bool:
    return (
        isinstance(content, dict)
        and content.keys() == {"state", "report_seen", "journal"}
        and isinstance(content["state"], dict)
        and type(content["report_seen"]) is type(content["journal"]) is int
    )


def store_saved(file: Path, saved: SaveState) -> None:
    """Replace the saved state; after a crash either the old or the new one is there.

    Raises:
        LimitExceeded: the state is larger than 1 MiB.
        TypeError, ValueError: the state is not texts, numbers, lists and tables.
    """
    text = json.dumps(attrs.asdict(saved, recurse=False), allow_nan=False)
    _check_size(text)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def _check_size(text: str) -> None:
    if len(text) > SAVED_BYTES_MAX:
        raise LimitExceeded(f"saved state has {len(text)} bytes, at most {SAVED_BYTES_MAX}")
