"""Entries for what was done elsewhere: the supervisor keeps no journal, so whoever acts there notes it here."""

from collections.abc import Mapping

from engine.orders.operating.acting import Act, Plan, Planner
from engine.orders.operating.arguments import Arguments, Refused, words_of


def verbs() -> Mapping[str, Planner]:
    """What can be done."""
    return {"note": _note}


def _note(arguments: Arguments) -> Plan:
    done = words_of(arguments, "done")
    if not done:
        raise Refused("say what was done")

    def carry_out(_: Act) -> object:
        return {"noted": done}

    return Plan({"note": done}, carry_out)
