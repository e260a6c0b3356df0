"""Objects inside messages: the generated code takes and refuses what the shapes say, word for word."""

from decimal import Decimal

import attrs
import msgpack
import pytest

from engine.errors import BadEnvelope, LocalProtocolError
from engine.messages.codec import Registry


@attrs.frozen
class Leaf:
    number: int
    weight: float
    amount: Decimal | None


@attrs.define
class Checked:
    """Refuses to be made with an empty name."""

    name: str = attrs.field(validator=attrs.validators.min_len(1))
    leaf: Leaf


@attrs.frozen
class Empty:
    pass


REGISTRY = Registry()


@REGISTRY.register(tag=1)
@attrs.frozen
class Tree:
    title: str
    leaf: Leaf
    checked: Checked
    maybe: Leaf | None
    empty: Empty


LEAF = Leaf(1, 0.5, Decimal("1.50"))
TREE = Tree("t", LEAF, Checked("c", Leaf(2, 1.0, None)), None, Empty())
PLAIN = [1, "t", [1, 0.5, "1.50"], ["c", [2, 1.0, None]], None, []]


@pytest.mark.parametrize("maybe", [None, LEAF])
def test_objects_travel_inside_objects(maybe):
    """What comes out is what went in, with the digits of its Decimals."""
    tree = attrs.evolve(TREE, maybe=maybe)
    there = REGISTRY.decode(REGISTRY.encode(tree))
    assert there == tree
    assert str(there.leaf.amount) == "1.50"


def test_the_bytes_are_arrays_in_arrays():
    """An object is the array of its fields, without a tag."""
    assert msgpack.unpackb(REGISTRY.encode(TREE)) == PLAIN


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"leaf": None}, "Tree.leaf must be a Leaf"),
        ({"leaf": Leaf("1", 0.5, None)}, "Tree.leaf.number must be an int"),
        ({"leaf": Leaf(True, 0.5, None)}, "Tree.leaf.number must be an int"),
        ({"leaf": Leaf(2**64, 0.5, None)}, "Tree.leaf.number must be an int"),
        ({"leaf": Leaf(1, float("nan"), None)}, "Tree.leaf.weight must be a finite float"),
        ({"leaf": Leaf(1, 0.5, Decimal("NaN"))}, "Tree.leaf.amount must be a finite Decimal"),
        ({"checked": Checked("c", Empty())}, "Tree.checked.leaf must be a Leaf"),
        ({"maybe": Empty()}, "Tree.maybe must be a Leaf"),
        ({"empty": None}, "Tree.empty must be a Empty"),
    ],
)
def test_what_may_not_travel_is_named_to_the_field(changes, words):
    """A wrong value deep inside is refused by its full name, and nothing is sent."""
    with pytest.raises(LocalProtocolError, match=words):
        REGISTRY.encode(attrs.evolve(TREE, **changes))


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (2, None, "Tree.leaf must be the 3 fields of Leaf"),
        (2, "abc", "Tree.leaf must be the 3 fields of Leaf"),
        (2, [1, 0.5], "Tree.leaf must be the 3 fields of Leaf"),
        (2, [1, 0.5, None, None], "Tree.leaf must be the 3 fields of Leaf"),
        (2, [True, 0.5, None], "Tree.leaf.number must be int"),
        (2, [1, 1, None], "Tree.leaf.weight must be a finite float"),
        (2, [1, float("inf"), None], "Tree.leaf.weight must be a finite float"),
        (2, [1, 0.5, "1e5"], "Tree.leaf.amount must be the plain text"),
        (3, ["c", [2, 1.0, 7]], "Tree.checked.leaf.amount must be the plain text"),
        (3, ["", [2, 1.0, None]], "Tree.checked is refused by Checked"),
        (4, [1, 0.5, "x"], "Tree.maybe.amount must be the plain text"),
        (5, [1], "Tree.empty must be the 0 fields of Empty"),
    ],
)
def test_what_arrives_wrong_is_named_to_the_field(place, value, words):
    """Bytes that are almost a message are refused with the name of the field that is wrong."""
    items = [*PLAIN[:place], value, *PLAIN[place + 1 :]]
    with pytest.raises(BadEnvelope, match=words):
        REGISTRY.decode(msgpack.packb(items))
