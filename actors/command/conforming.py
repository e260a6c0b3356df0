"""`venues check`: the conformance battery over one venue package, told case by case."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
from rich.console import Console
from rich.text import Text

from actors.command import exits
from actors.venues import look_also_in, module_of
from engine.conformance import battery
from engine.conformance.battery import Result, Verdict
from engine.conformance.case import Effort
from engine.conformance.package import package_of

_STYLES = {Verdict.PASSED: "green", Verdict.SKIPPED: "dim", Verdict.FAILED: "bold red"}


def check(name: str, folders: Sequence[Path], effort: Effort, *, only: str, as_json: bool) -> int:
    """Run it; 1 when a case failed, also when none was run at all."""
    look_also_in(*folders)
    package = package_of(module_of(name))
    console = Console()
    results: list[Result] = []
    for result in battery.run(package, effort, only):
        results.append(result)
        if not as_json:
            console.print(_line(result))
    if as_json:
        rows = [attrs.asdict(result) for result in results]
        sys.stdout.write(json.dumps({"venue": name, "cases": rows}, indent=2) + "\n")
    passed = any(result.verdict is Verdict.PASSED for result in results)
    failed = any(result.verdict is Verdict.FAILED for result in results)
    return exits.OK if passed and not failed else exits.CHECK_FAILED


def _line(result: Result) -> Text:
    style = _STYLES[result.verdict]
    detail = f": {result.detail}" if result.detail else ""
    return Text.assemble(
        f"{result.number:14}", (f"{result.verdict.value:8}", style), f"{result.title}{detail}"
    )
