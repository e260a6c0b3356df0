"""What people are shown of an exception: its place, whatever is wrapped around it."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import trio

from engine.tracebacks import (
    FRAMES_MAX,
    TRACE_CHARS_MAX,
    blame,
    cut_middle,
    leaves,
    place_of,
    traceback_text,
)

OOPS = """class Raises:
    def on_quote(self, quote):
        self.helper(quote)

    def helper(self, quote):
        return 1 / (quote - quote)


def deep(levels):
    return deep(levels - 1) if levels else Raises().on_quote(1)


def shout():
    raise ValueError("loud " * 1000)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "strategies"
    found.mkdir()
    (found / "oops.py").write_text(OOPS, encoding="utf-8")
    return found


@pytest.fixture
def oops(folder: Path) -> ModuleType:
    """The plugin, loaded from its file."""
    spec = importlib.util.spec_from_file_location("oops", folder / "oops.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def nested(function, *arguments, levels: int = 12) -> BaseException:
    """What leaves so many nurseries around a task that calls the function."""

    async def call(depth: int) -> None:
        async with trio.open_nursery() as nursery:
            if depth:
                nursery.start_soon(call, depth - 1)
            else:
                function(*arguments)

    with pytest.raises(BaseException) as caught:  # noqa: PT011 - which one is what the tests ask
        trio.run(call, levels)
    return caught.value


def test_the_line_of_a_plugin_survives_all_nurseries(oops: ModuleType):
    """A traceback through a dozen nurseries was once cut before it came to the plugin's file."""
    text = traceback_text(nested(oops.Raises().on_quote, 1))
    assert "Group" not in text
    assert 'oops.py", line 6, in helper' in text
    assert text.endswith("ZeroDivisionError: division by zero")
    assert len(text) <= TRACE_CHARS_MAX


def test_what_is_cut_is_the_middle(oops: ModuleType):
    """Deep recursion and long messages leave the innermost frame and the message's end."""
    deep = traceback_text(nested(oops.deep, 300))
    assert "line 6, in helper" in deep
    assert deep.count("in deep") <= FRAMES_MAX

    loud = traceback_text(nested(oops.shout))
    assert "in shout" in loud
    assert "ValueError: loud" in loud
    assert len(loud) <= TRACE_CHARS_MAX
    cut = cut_middle("a" * 50 + "b" * 50, 40)
    assert (cut[:4], cut[-5:], len(cut)) == ("aaaa", "bbbbb", 40)


def test_each_exception_of_a_group_is_shown(oops: ModuleType):
    """Up to four, each with its end."""
    pair = ExceptionGroup("both", [nested(oops.Raises().on_quote, 1), nested(oops.shout)])
    text = traceback_text(pair)
    assert text.startswith("2 exceptions at once")
    assert "in helper" in text
    assert "in shout" in text
    many = traceback_text(ExceptionGroup("many", [ValueError(str(n)) for n in range(1000)]))
    assert many.startswith("1000 exceptions at once\nValueError: 0\n")
    assert "ValueError: 4" not in many


def test_a_very_deep_group_is_opened_without_recursion():
    """Nobody's nesting ends the process that wants to log it."""
    error: Exception = ValueError("inside")
    for _ in range(900):
        error = ExceptionGroup("around", [error])
    assert [str(one) for one in leaves(error)] == ["inside"]
    assert traceback_text(error) == "ValueError: inside"


@pytest.mark.parametrize(
    ("function", "arguments", "sentence"),
    [
        ("deep", (0,), "ZeroDivisionError: division by zero (strategies/oops.py:6 in helper)"),
        ("shout", (), " loud  (strategies/oops.py:14 in shout)"),
    ],
)
def test_the_sentence_names_the_innermost_line_of_the_folder(
    oops: ModuleType, folder: Path, function: str, arguments: tuple[object, ...], sentence: str
):
    """Whatever is cut, the place is not."""
    words = blame(nested(getattr(oops, function), *arguments), folder, chars_max=400)
    assert words.endswith(sentence)
    assert len(words) <= 400


def test_an_exception_from_elsewhere_has_no_place(folder: Path):
    """Ours, one without a traceback, one without a message, one that cannot be printed."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    assert place_of(nested(int, "x"), folder) == ""
    assert blame(KeyError("x"), folder, chars_max=400) == "KeyError: 'x'"
    assert blame(AssertionError(), None, chars_max=400) == "AssertionError"
    assert "Mute" in blame(Mute(), folder, chars_max=400)


def test_the_plugin_is_blamed_before_others(oops: ModuleType, folder: Path):
    """Of several exceptions the one that came through the plugin is named."""
    pair = ExceptionGroup("both", [ValueError("ours"), nested(oops.deep, 2)])
    assert "oops.py:6" in blame(pair, folder, chars_max=400)
