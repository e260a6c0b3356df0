"""Every transcript of every venue, played whole against the venue's protocol object (T-040)."""

from pathlib import Path

import pytest

from tests.kit.transcripts import find, play

VENUES = Path(__file__).parents[2] / "actors" / "venues"
TRANSCRIPTS = find(VENUES)


@pytest.mark.parametrize(
    "path", TRANSCRIPTS, ids=[f"{path.parent.parent.name}/{path.stem}" for path in TRANSCRIPTS]
)
def test_a_transcript_plays_to_its_end(path: Path) -> None:
    """Each happening has exactly the effects that the transcript tells, in order."""
    play(path)
