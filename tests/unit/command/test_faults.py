"""Whatever ends a command becomes one clear line and the right exit code, however deep it was."""

from pathlib import Path

import pytest

from actors.command import app, exits, faults
from engine.errors import BusFull, ConfigError, ConnectFailed, JournalBusy, JournalFull, Problem
from engine.supervise.client import RequestRefused
from engine.supervise.rundir import RunDirectoryBusy

BAD_CONFIG = ConfigError(Problem("a.b", "is bad"))


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No tracebacks unless a test asks for them."""
    monkeypatch.delenv(faults.TRACEBACK_VARIABLE, raising=False)


@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (exits.BadUsage("--port"), 64),
        (BAD_CONFIG, 78),
        (RunDirectoryBusy("busy"), 75),
        (ConnectFailed("nobody"), 75),
        (BusFull("full"), 75),
        (JournalBusy("writes"), 75),
        (JournalFull("disk"), 1),
        (RequestRefused("no"), 1),
        (RuntimeError("oh"), 70),
    ],
)
def test_each_error_has_its_code(capsys, error, code, depth):
    """Also inside the groups that nurseries make; the text is shown, no traceback."""
    wrapped = error
    for _ in range(depth):
        wrapped = ExceptionGroup("unhandled errors in a nursery", [wrapped])

    assert faults.answer(wrapped) == code
    err = capsys.readouterr().err
    assert str(getattr(error, "problems", [error])[0]) in err
    assert "Traceback" not in err
    assert "nursery" not in err


def test_an_unexpected_error_outweighs_the_others(capsys):
    """What came with it is not taken for the cause."""
    group = ExceptionGroup("", [BAD_CONFIG, ConnectFailed("x"), ValueError("the cause")])

    assert faults.answer(group) == exits.INTERNAL
    assert "ValueError: the cause" in capsys.readouterr().err


def test_problems_of_several_errors_are_one_list(capsys):
    """As if they had come together."""
    other = ConfigError(Problem("c", "is worse"))

    assert faults.answer(ExceptionGroup("", [BAD_CONFIG, other])) == exits.CONFIG
    assert "2 problems" in capsys.readouterr().err


def failing(monkeypatch, error: BaseException) -> None:
    def command(*_arguments, **_options):
        raise error

    monkeypatch.setattr(app, "app", command)


def test_a_fault_of_ours_is_one_line_and_70(monkeypatch, capsys):
    """The traceback comes when asked for."""
    failing(monkeypatch, ExceptionGroup("", [ZeroDivisionError("by zero")]))
    assert app.main(["venues"]) == exits.INTERNAL
    err = capsys.readouterr().err
    assert "internal fault: ZeroDivisionError: by zero" in err
    assert "Traceback" not in err

    monkeypatch.setenv(faults.TRACEBACK_VARIABLE, "")
    assert app.main(["venues", "--traceback"]) == exits.INTERNAL
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_in_a_nursery_is_ctrl_c(monkeypatch):
    """128 + SIGINT, as shells have it."""
    failing(monkeypatch, BaseExceptionGroup("", [KeyboardInterrupt()]))
    assert app.main([]) == 130


def test_a_run_keeps_its_traceback(tmp_path: Path, capsys):
    """In the logs of the run, and the line on the terminal says where."""
    error = ExceptionGroup("", [ZeroDivisionError("by zero")])
    faults.keep(error, tmp_path)
    faults.answer(error)

    assert "ZeroDivisionError" in (tmp_path / faults.FAULT_FILE).read_text()
    assert str(tmp_path / faults.FAULT_FILE) in capsys.readouterr().err


def test_expected_errors_leave_no_traceback(tmp_path: Path):
    """A run directory of another engine is not written to."""
    faults.keep(RunDirectoryBusy("busy"), tmp_path)
    assert list(tmp_path.iterdir()) == []
