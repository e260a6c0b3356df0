"""What a session keeps for its next boot."""

from engine.session.keeping import KEPT_BYTES_MAX, KeptText


def test_what_was_kept_is_found_again(tmp_path):
    """The newest text, whole."""
    file = tmp_path / "sessions" / "v.trade.live"
    assert KeptText(file).load() == ""
    assert KeptText(file).store("one") == ""
    assert KeptText(file).store("two ✓") == ""
    assert KeptText(file).load() == "two ✓"


def test_what_cannot_be_read_or_written_ends_nothing(tmp_path):
    """It is said, and the next boot begins without."""
    blocked = tmp_path / "file"
    blocked.write_bytes(b"\xff")
    assert KeptText(blocked).load() == ""
    assert "file" in KeptText(blocked / "below").store("text")
    assert "limit" in KeptText(tmp_path / "large").store("x" * (KEPT_BYTES_MAX + 1))
    assert KeptText(None).store("text") == KeptText(None).load() == ""
