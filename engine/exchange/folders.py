"""Where recordings are: the folders that a simulator's `replay` names, none of them read yet.

Apart from `recording`, whose Parquet reader doubles the size of a process that never replays.
"""

import os
from pathlib import Path
from typing import Final

DESCRIPTION: Final = "instrument.toml"
"""What makes a folder a recording."""


def folders(replay: str) -> list[tuple[Path, bool]]:
    """Folders of recordings, and whether each was named itself; a folder of folders is looked through.

    Args:
        replay: folders separated by the system's path separator, empty for none.
    """
    found = []
    for folder in map(Path, filter(None, replay.split(os.pathsep))):
        inside = [] if (folder / DESCRIPTION).is_file() else folder.glob(f"*/{DESCRIPTION}")
        found += [(each.parent, False) for each in sorted(inside)] or [(folder, True)]
    return found
