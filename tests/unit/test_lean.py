"""Importing without ornaments: hidden while it lasts, as ever afterwards, and gone from our processes."""

import importlib
import json
import subprocess
import sys

import pytest

from engine.lean import without


def test_what_is_hidden_cannot_be_imported_and_is_back_afterwards():
    """Whether it was imported before or not."""
    import colorsys

    sys.modules.pop("this", None)
    with without("colorsys", "this"):
        for name in ("colorsys", "this"):
            with pytest.raises(ImportError):
                __import__(name)
    assert sys.modules["colorsys"] is colorsys
    assert "this" not in sys.modules


def test_it_is_back_when_the_import_fails():
    """As after any other end of the block."""
    import colorsys

    with pytest.raises(ImportError), without("colorsys"):
        importlib.import_module("colorsys")
    assert sys.modules["colorsys"] is colorsys


def test_no_actor_imports_what_only_a_terminal_needs():
    """Logs and HTTP alone would bring a hundred modules of it into every process."""
    code = (
        "import json, sys, actors.session, actors.router, actors.strategy, actors.paper, actors.simulator;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    roots = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert {"structlog", "httpx"} <= roots
    assert not roots & {"rich", "pygments", "click", "cyclopts"}
