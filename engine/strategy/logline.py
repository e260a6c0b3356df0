"""How what a strategy logs stands in a line of its process's log. Pure."""

from collections.abc import Mapping

RESERVED = frozenset(
    {"ts_ns", "time", "level", "event", "actor", "boot", "by", "error", "cut_from_chars", "self"}
)
"""What every line of ours may have, and what no field can be called on its way there."""


def fields_of(fields: Mapping[str, object]) -> dict[str, object]:
    """The strategy's fields under their own names; those of ours are put behind an `x_`."""
    return {f"x_{name}" if name in RESERVED else name: value for name, value in fields.items()}
