"""The transcript runner itself: it must fail where a transcript is wrong."""

from pathlib import Path

import pytest

from tests.kit.transcripts import TranscriptError, play, read

HEAD = """@ protocol data
@ endpoints {"http": "http://127.0.0.1:1", "public_ws": "ws://127.0.0.1:2", "private_ws": "ws://127.0.0.1:3"}
"""


def transcript(folder: Path, text: str, head: str = HEAD) -> Path:
    path = folder / "wooxpro" / "transcripts" / "made.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + text)
    return path


def test_lines_go_on_after_a_backslash_and_remarks_are_skipped(tmp_path: Path):
    """The place named is where the line began."""
    lines = list(read(transcript(tmp_path, "# x\n\n> a\\\n  b\n", head="")))
    assert [(line.mark, line.rest, line.where) for line in lines] == [(">", "ab", "made.txt:3")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@ start\n", "not told: HttpCall"),
        ("@ start\n@ at 1\n", "not told: HttpCall"),
        ("@ start\n>> GET /other\n", "expected GET /other"),
        (
            "@ start\n>> GET /contract/public/details\n>> GET /contract/public/details\n",
            "nothing more",
        ),
        ("@ start\n>> GET /contract/public/details\n>>: X-API-KEY: <key>y\n", "no such header"),
        ("@ opened\n= SetState state=ready\n> <frame>\n", "expected SetState state=ready"),
        ("@ opened\n= SetState stat=ready\n> <frame>\n", "got SetState state=reconciling"),
        ("@ opened\n= Note\n> <frame>\n", "expected Note"),
        ("@ opened\n= SetState\n> <frame>\n< junk\n", "RemoteProtocolError"),
        ("@ opened\n= SetState\n> <frame>\n< junk\n~ ConnectionLost\n", "expected ConnectionLost"),
        ("@ opened\n= SetState\n> <frame>\n< pong\n~ RemoteProtocolError\n", "got None"),
        ("@ opened\n= SetState\n> <frame>\n> <frame>\n", "nothing more happened"),
        ("<< 200 {}\n", "there are 0 open calls"),
        ("@ dance\n", "unknown directive 'dance'"),
        ("? what\n", "unknown mark '?'"),
    ],
)
def test_a_difference_is_found_and_its_line_named(tmp_path: Path, text: str, words: str):
    """Whatever is not told, told wrongly, or not happening."""
    with pytest.raises(TranscriptError) as caught:
        play(transcript(tmp_path, text))
    assert words in str(caught.value)
    assert "made.txt" in str(caught.value)


def test_a_placeholder_stands_for_one_thing(tmp_path: Path):
    """The second time it must be the same, in one line or another."""
    good = '@ opened\n= SetState\n> {"action":"<word>","args":["futures/fundingRate:<symbol>"]}\n'
    play(transcript(tmp_path, good))
    bad = (
        good + '@ demand\n@ lost x\n@ opened\n= SetState\n> {"action":"<symbol>","args":["<x>"]}\n'
    )
    with pytest.raises(TranscriptError, match=r"expected .*<symbol>"):
        play(transcript(tmp_path, bad))


def test_topics_may_name_instruments_with_spaces(tmp_path: Path):
    """The kind is the first word, the rest of it the instrument."""
    wanted = "XCME_Eq ES (H24)"
    text = f"@ demand Quote {wanted}.WOOXPRO\n@ opened\n= SetState\n> <frame>\n"
    play(transcript(tmp_path, text))


def test_a_folder_without_that_protocol_says_so(tmp_path: Path):
    """A transcript needs its kind."""
    with pytest.raises(TranscriptError, match="unnamed protocol"):
        play(transcript(tmp_path, "@ start\n", head=""))
