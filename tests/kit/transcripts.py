"""Transcripts by their place: the folder above `transcripts/` names the venue."""

from pathlib import Path

from actors.venues import load
from engine.conformance import transcripts
from engine.conformance.transcripts import Player, TranscriptError, read

__all__ = ["Player", "TranscriptError", "play", "read"]


def play(path: Path) -> Player:
    """Play one transcript. Raises TranscriptError at the first difference."""
    return transcripts.play(path, load(path.parent.parent.name))
