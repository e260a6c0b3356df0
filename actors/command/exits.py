"""Exit codes and how errors reach a person: one place, so that every command behaves alike.

Texts of files, plugins and venues are shown as they are: as `Text`, never as rich's markup, which
swallows brackets and fails on some.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from engine.errors import ConfigError, EngineError, Problem

OK = 0
CHECK_FAILED = 1
USAGE = 64
INTERNAL = 70
TRY_AGAIN = 75
CONFIG = 78


class BadUsage(EngineError):
    """The command line asks for something that cannot be: nothing was started."""


class _ErrorConsole(Console):
    """Standard error; when nobody reads it, what is said is lost but the exit code is not."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


stderr = _ErrorConsole(stderr=True, highlight=False, soft_wrap=True)


def leave(code: int) -> NoReturn:
    """End the process at once: nothing is left to do, and taking the interpreter apart takes 50 ms."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads it; the interpreter knows what to say of that
        sys.exit(code)
    os._exit(code)


def show_problems(problems: Sequence[Problem], *, as_json: bool = False) -> None:
    """Every problem of a configuration: a list for people, or JSON on standard output."""
    if as_json:
        rows = [{"path": p.path, "problem": p.problem, "hint": p.hint} for p in problems]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    count = len(problems)
    stderr.print(
        f"{count} problem{'s' if count != 1 else ''} in the configuration", style="bold red"
    )
    for problem in problems:
        stderr.print(Text.assemble("  ", (problem.where, "bold"), f": {problem.problem}"))
        if problem.hint:
            stderr.print(Text(f"    → {problem.hint}", style="dim"))


def say(text: str) -> None:
    """One sentence on standard output, as it is."""
    sys.stdout.write(f"{text}\n")


def show_error(text: str, hint: str = "") -> None:
    """One error, and what to do about it."""
    stderr.print(Text.assemble(("error", "bold red"), f": {text}"))
    if hint:
        show_hint(hint)


def show_hint(text: str) -> None:
    """What to do about what was said before."""
    stderr.print(Text(f"  → {text}", style="dim"))


def fail_config(error: ConfigError, *, as_json: bool = False) -> int:
    """Show a configuration error and name its exit code."""
    show_problems(error.problems, as_json=as_json)
    return CONFIG


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors inside a group, in order."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found.extend(leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found


def problems_in(group: BaseExceptionGroup[BaseException]) -> list[Problem]:
    """The problems of all configuration errors inside a group."""
    return [p for error in leaves(group) if isinstance(error, ConfigError) for p in error.problems]
