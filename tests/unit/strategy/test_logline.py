"""A strategy's fields keep their names in the log, and cannot pass for the engine's."""

import json

from engine.strategy.logline import RESERVED, fields_of
from engine.supervise.logs import LogSink, make_logger


class Lines(LogSink):
    """A sink that keeps what is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)


def test_fields_keep_their_names_and_forge_nothing():
    """Every word of ours stays ours, and each field is there."""
    sink = Lines()
    given = {"price": 1.5, **dict.fromkeys(RESERVED, "forged")}
    make_logger(sink, actor="strategy.s", boot="ff").info("h %d", by="strategy", **fields_of(given))
    record = json.loads(sink.lines[0])
    assert (record["event"], record["price"], record["by"]) == ("h %d", 1.5, "strategy")
    assert {name: record[f"x_{name}"] for name in RESERVED} == dict.fromkeys(RESERVED, "forged")
    assert "forged" not in {record[name] for name in RESERVED & record.keys()}
