"""docs/strategies.md against the classes that a strategy is given."""

from enum import StrEnum

import attrs
import pytest

from engine import strategy
from engine.strategy import Quote, Strategy
from engine.strategy import describe as described
from engine.strategy.soundness import CALLBACKS
from tests.kit.documents import check_generated

PARTS = {
    "parameters": described.parameter_list,
    "callbacks": described.callbacks_list,
    "knowledge": described.knowledge_list,
    "verbs": described.verbs_list,
    "classes": described.classes_tables,
    "words": described.words_table,
}


@pytest.mark.parametrize("part", PARTS)
def test_the_reference_is_current(part: str):
    """Each part is what the classes say now."""
    check_generated("strategies.md", f"<!-- generated: {part} -->", PARTS[part]())


def test_nothing_is_left_out():
    """Callbacks, verbs and properties of the base class each stand in one list, exported names in one."""
    lists = [described.callbacks_list(), described.knowledge_list(), described.verbs_list()]
    for name in vars(Strategy):
        if not name.startswith("_") and name != "Parameters":
            stands = [text.count(f"**`{name}(") + text.count(f"**`{name}: ") for text in lists]
            assert sum(stands) == 1, name
            assert bool(stands[0]) is (name in CALLBACKS)
    tables = described.classes_tables() + described.words_table() + described.parameter_list()
    missing = {name for name in strategy.__all__ if f"`{name}" not in tables}
    assert missing <= {"Decimal", "Strategy"}
    assert all(
        member.value == member.name.lower()
        for cls in vars(strategy).values()
        if isinstance(cls, type) and issubclass(cls, StrEnum)
        for member in cls
    )


def test_a_field_that_nobody_explained_is_found():
    """The reference cannot be made without its meaning."""

    @attrs.frozen
    class Bare:
        """No word on its field."""

        price: float

    with pytest.raises(LookupError, match="Bare does not say what price is"):
        described._class_table(Bare)
    assert "ask_size" in described._class_table(Quote)
