"""The run directory names the journal of its engine."""

from pathlib import Path

import pytest

from actors.journalplace import NOTE_BYTES_MAX, NOTE_NAME, note, noted
from engine.errors import ConfigError


def test_the_last_run_counts(tmp_path: Path, monkeypatch):
    """A later run replaces the note; a relative path is one of the directory it was noted in."""
    assert noted(tmp_path) is None
    assert noted(tmp_path / "none") is None
    note(tmp_path, Path("/state/journal/paper.journal"))
    monkeypatch.chdir(tmp_path)
    note(tmp_path, Path("mine") / "live.journal")
    monkeypatch.chdir("/")

    assert noted(tmp_path) == tmp_path / "mine" / "live.journal"
    assert [file.name for file in tmp_path.iterdir()] == [NOTE_NAME]


def test_names_of_any_bytes_survive(tmp_path: Path):
    """A file name need not be UTF-8."""
    odd = tmp_path / "\udcff" / "live.journal"
    note(tmp_path, odd)

    assert noted(tmp_path) == odd


@pytest.mark.parametrize("content", [b"", b"relative", b"/a\0b", b"/" * (NOTE_BYTES_MAX + 1)])
def test_what_is_no_note_is_refused(tmp_path: Path, content: bytes):
    """Neither guessed at nor passed on to the file system."""
    (tmp_path / NOTE_NAME).write_bytes(content)
    with pytest.raises(ConfigError, match="does not name a journal"):
        noted(tmp_path)
