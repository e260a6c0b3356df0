"""The numbered cases that the project promises: each has a test, at the level it is promised for.

A test carries its number in its name (`test_t024_…`) or in the first line of its docstring (`T-024`);
in the first line of a file's docstring it speaks for all tests of the file.
Tests are found by parsing, so a number counts also where a test is skipped or marked `long`. What has
no test yet stands in `PENDING`, which may only shrink.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("numbers")
"""All files are parsed once, by one worker."""

TESTS = Path(__file__).resolve().parents[1]

PURE = ("unit/", "property/", "conformance/")
SOCKETS = ("bus/", "unit/actors/")
PROCESSES = ("chaos/", "e2e/")
ANY = (*PURE, *SOCKETS, *PROCESSES)


def _numbers(*spans: tuple[int, int]) -> tuple[int, ...]:
    return tuple(n for first, last in spans for n in range(first, last + 1))


PLACES: dict[tuple[int, ...], tuple[str, ...]] = {
    (1, 12): PURE,
    _numbers((2, 11), (13, 14)): PROCESSES,
    _numbers((20, 30)): SOCKETS,
    _numbers((31, 33)): PURE,
    _numbers((40, 50), (55, 55)): ("conformance/",),
    (60, 66, 71, 74): PURE,
    (72, 73): (*SOCKETS, *PROCESSES),
    _numbers((61, 65), (67, 70), (75, 76)): PROCESSES,
    (80, 81): PURE,
    _numbers((82, 87)): PROCESSES,
    (90,): SOCKETS,
    (91, 92, 96, 97): PROCESSES,
}
"""Where a case must be shown: pure, over real sockets, or with real processes."""

PENDING: set[int] = set()
"""Promised cases without a test at their level yet; whoever writes one takes its number out."""

PROMISED = sorted(number for numbers in PLACES for number in numbers)
_NAME = re.compile(r"test_t_?(\d{3})_")
_TAG = re.compile(r"\bT-(\d{3})\b")
_ANYTHING = re.compile(r"\btest_t_?\d{3}_|\bT-\d{3}\b")
"""What a file without any number does not have: it need not be parsed."""


def _in_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module) -> set[int]:
    first_line = (ast.get_docstring(node) or "").partition("\n")[0]
    return {int(number) for number in _TAG.findall(first_line)}


def _tagged(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    named = _NAME.match(function.name)
    return _in_docstring(function) | ({int(named[1])} if named else set())


@cache
def _found() -> Mapping[int, set[str]]:
    """Number → the test files that carry it; asked for by tests, so that collecting costs nothing."""
    found: dict[int, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        place = path.relative_to(TESTS).as_posix()
        text = path.read_text(encoding="utf-8")
        if not _ANYTHING.search(text):
            continue
        module = ast.parse(text)
        numbers = _in_docstring(module)
        for node in ast.walk(module):
            is_test = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if is_test and node.name.startswith("test_"):
                numbers |= _tagged(node)
        for number in numbers:
            found[number].add(place)
    return found


def _shown(number: int) -> bool:
    places = next(places for numbers, places in PLACES.items() if number in numbers)
    return any(file.startswith(places) for file in _found()[number])


@pytest.mark.parametrize("number", PROMISED)
def test_a_promised_case_has_its_test(number: int):
    """Or stands among those that are still to be written, and then really has none."""
    name = f"T-{number:03}"
    if number in PENDING:
        assert not _shown(number), f"{name} has a test now: take it out of PENDING"
    else:
        assert _shown(number), f"{name} has no test at its level; elsewhere: {_found()[number]}"


def test_nothing_is_pending_that_is_not_promised():
    """PENDING is a part of what is promised."""
    assert set(PROMISED) >= PENDING
