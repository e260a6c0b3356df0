"""Importing a library without the ornaments that it takes along wherever they are installed.

Some libraries import what makes a terminal colourful, or gives them a command line of their own, only
because it can be imported. No process of the engine uses that, and each would pay for it at its start.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Inside, importing these packages fails as if they were not installed; nothing changes for later.

    A library that cannot do without one of them raises ImportError. For the top level of a module only:
    while it lasts, other threads cannot import them either.
    """
    kept: dict[str, ModuleType | None] = {
        name: sys.modules.get(name) for name in names if name in sys.modules
    }
    modules: dict[str, ModuleType | None] = dict.fromkeys(names)
    sys.modules.update(modules)  # type: ignore[arg-type]  # None: the import system's word for it
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(kept)  # type: ignore[arg-type]
