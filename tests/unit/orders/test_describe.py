"""docs/orders.md against the state table."""

from engine.orders.describe import state_diagram, state_table
from tests.kit.documents import check_generated


def test_state_table_is_current():
    """The table in the documentation is the table in the code."""
    check_generated("orders.md", "<!-- generated: state table -->", state_table())


def test_state_diagram_is_current():
    """So is the diagram."""
    check_generated("orders.md", "<!-- generated: state diagram -->", state_diagram())
