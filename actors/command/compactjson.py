"""JSON for people: what fits on a line stays on one, so that a screen holds a table and not its brackets. Pure."""

import json
from collections.abc import Mapping, Sequence

INDENT = "  "


def compact(value: object, *, width: int, _margin: str = "", _before: int = 0) -> str:
    """Valid JSON in lines of at most `width` characters, as far as single values allow it.

    Raises:
        TypeError: something in it has no form in JSON.
    """
    line = json.dumps(value, ensure_ascii=False)
    if len(_margin) + _before + len(line) < width or not value:
        return line
    if isinstance(value, Mapping):
        rows = [
            (f"{json.dumps(str(key), ensure_ascii=False)}: ", each) for key, each in value.items()
        ]
        brackets = "{}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        rows, brackets = [("", each) for each in value], "[]"
    else:
        return line
    inner = _margin + INDENT
    lines = [
        f"{inner}{name}{compact(each, width=width, _margin=inner, _before=len(name))}"
        for name, each in rows
    ]
    return f"{brackets[0]}\n" + ",\n".join(lines) + f"\n{_margin}{brackets[1]}"
