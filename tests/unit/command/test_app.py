"""The command line's words: what is misspelt is recognised before anything starts."""

import pytest

from actors.command import exits
from actors.command.app import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stat"], "did you mean"),
        (["stat"], "status"),
        (["frobnicate"], "see python run.py --help"),
        (["check"], "python run.py check -c config/demo.toml"),
        (["journal", "shw"], "python run.py journal --help"),
        (["--fro", "5"], "python run.py --help"),
    ],
)
def test_a_misspelt_command_line_says_what_was_meant(words, said, capsys):
    """Found where a misspelt command was called an unused token."""
    assert main(words) == exits.USAGE
    assert said in capsys.readouterr().err
