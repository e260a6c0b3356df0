"""Heavy work that fails names the strategy's line to the strategy and its traceback to the log."""

import importlib.util
from pathlib import Path

import structlog
from structlog.testing import LogCapture

from actors.offloading import Offloading
from engine.strategy.outbox import Offload


async def test_the_line_that_failed_is_named(tmp_path: Path):
    """As in the last words of a process; what succeeds has no error."""
    folder = tmp_path / "strategies"
    folder.mkdir()
    (folder / "heavy.py").write_text("def work(x):\n    return 1 / x\n")
    spec = importlib.util.spec_from_file_location("heavy", folder / "heavy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines = LogCapture()
    told: list[tuple[str, object, str]] = []
    log = structlog.wrap_logger(None, processors=[lines])
    offloading = Offloading(log, folder, lambda *ended: told.append(ended))

    await offloading.run(Offload(module.work, (2,), "good"))
    await offloading.run(Offload(module.work, (0,), "bad"))

    failed = "ZeroDivisionError: division by zero (strategies/heavy.py:2 in work)"
    assert told == [("good", 0.5, ""), ("bad", None, failed)]
    assert [line["work"] for line in lines.entries] == ["bad"]
