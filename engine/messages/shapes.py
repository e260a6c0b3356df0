"""Field types on the wire: how each one is checked, written and read.

The codec turns every field annotation into a `Shape` once, at import. A shape checks one value and
names the field that is wrong; `engine.messages.generate` builds the fast functions from shapes.
They know nothing of tags or registries.
"""

import inspect
import math
import types
import typing
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn

import attrs

from engine.errors import BadEnvelope, LocalProtocolError
from engine.model.money import DECIMAL_TEXT_CHARS_MAX, is_plain

INT_MIN = -(2**63)
INT_MAX = 2**64 - 1
"""What msgpack can carry."""

NESTING_MAX = 8
"""Attrs classes inside attrs classes; deeper means a design error, not data."""


def refuse_encode(label: str, value: object, wanted: str) -> NoReturn:
    """Refuse a value of ours that cannot travel: a bug on this side, nothing was sent."""
    raise LocalProtocolError(f"{label} must be {wanted}, not {type(value).__name__}: not encoded")


def refuse_decode(label: str, value: object, wanted: str) -> NoReturn:
    """Refuse a received value; it is named by its type only, for it may be huge or secret."""
    raise BadEnvelope(f"{label} must be {wanted}, not {type(value).__name__}: message refused")


class Shape:
    """One field type. `text` is its canonical name and part of the protocol fingerprint."""

    text: str

    def encode(self, value: Any, label: str) -> Any:
        """The value as msgpack takes it; LocalProtocolError for what may not travel."""
        raise NotImplementedError

    def decode(self, value: Any, label: str) -> Any:
        """The value as the field wants it; BadEnvelope for anything else."""
        raise NotImplementedError


class Plain(Shape):
    """`str bool bytes`: the exact type, unchanged on the wire."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.text = kind.__name__

    def encode(self, value: Any, label: str) -> Any:
        """The value itself."""
        if type(value) is not self.kind:
            refuse_encode(label, value, self.text)
        return value

    def decode(self, value: Any, label: str) -> Any:
        """The value itself."""
        if type(value) is not self.kind:
            refuse_decode(label, value, self.text)
        return value


class Int(Plain):
    """An integer of at most 64 bits, never a bool."""

    def __init__(self) -> None:
        super().__init__(int)

    def encode(self, value: Any, label: str) -> Any:
        """The value itself."""
        if type(value) is not int or not INT_MIN <= value <= INT_MAX:
            refuse_encode(label, value, "an int of 64 bits")
        return value


class Float(Shape):
    """A finite float64.

    Writing multiplies by 1.0, so a whole number from a JSON text travels as the float it means;
    reading takes exact floats only.
    """

    text = "float"
    wanted = "a finite float"

    def encode(self, value: Any, label: str) -> Any:
        """The value as a float."""
        try:
            product = value * 1.0
        except (TypeError, OverflowError):
            refuse_encode(label, value, self.wanted)
        if not isinstance(product, float) or not math.isfinite(product):
            refuse_encode(label, value, self.wanted)
        return product

    def decode(self, value: Any, label: str) -> Any:
        """The value itself."""
        if type(value) is not float or not math.isfinite(value):
            refuse_decode(label, value, self.wanted)
        return value


class Exact(Shape):
    """A Decimal as plain text: no exponent, no plus sign, ASCII digits, bounded length."""

    text = "Decimal"
    wanted = f"a finite Decimal of at most {DECIMAL_TEXT_CHARS_MAX} characters"

    def encode(self, value: Any, label: str) -> Any:
        """Plain text."""
        if type(value) is not Decimal:
            refuse_encode(label, value, self.wanted)
        # Nearly all are short and written without an exponent already; half the time of the rest.
        text = str(value)
        if text.replace(".", "", 1).isdigit() and len(text) <= DECIMAL_TEXT_CHARS_MAX:
            return text
        if not value.is_finite():
            refuse_encode(label, value, self.wanted)
        # checked first: format() would write a Decimal("1E+999999") as a megabyte of zeros
        if abs(value.adjusted()) > DECIMAL_TEXT_CHARS_MAX:
            refuse_encode(label, value, self.wanted)
        text = format(value, "f")
        if len(text) > DECIMAL_TEXT_CHARS_MAX:
            refuse_encode(label, value, self.wanted)
        return text

    def decode(self, value: Any, label: str) -> Any:
        """The exact Decimal."""
        if type(value) is not str or not is_plain(value):
            refuse_decode(label, value, "the plain text of a Decimal")
        return Decimal(value)


class Word(Shape):
    """A StrEnum as its text."""

    def __init__(self, kind: type[StrEnum]) -> None:
        self.kind = kind
        self.members: dict[str, StrEnum] = {member.value: member for member in kind}
        self.text = f"{kind.__name__}{{{','.join(sorted(self.members))}}}"

    def encode(self, value: Any, label: str) -> Any:
        """The member's text."""
        if type(value) is not self.kind:
            refuse_encode(label, value, f"a {self.kind.__name__}")
        return value.value

    def decode(self, value: Any, label: str) -> Any:
        """The member."""
        if type(value) is not str or value not in self.members:
            refuse_decode(label, value, f"a word of {self.kind.__name__}")
        return self.members[value]


class Maybe(Shape):
    """`X | None`; None travels as nil."""

    def __init__(self, item: Shape) -> None:
        self.item = item
        self.text = f"{item.text}|None"

    def encode(self, value: Any, label: str) -> Any:
        """None or the item."""
        return None if value is None else self.item.encode(value, label)

    def decode(self, value: Any, label: str) -> Any:
        """None or the item."""
        return None if value is None else self.item.decode(value, label)


class Many(Shape):
    """`tuple[X, ...]`."""

    def __init__(self, item: Shape) -> None:
        self.item = item
        self.text = f"tuple[{item.text},...]"

    def encode(self, value: Any, label: str) -> Any:
        """A tuple of encoded items."""
        if type(value) is not tuple:
            refuse_encode(label, value, "a tuple")
        encode = self.item.encode
        return tuple([encode(item, label) for item in value])

    def decode(self, value: Any, label: str) -> Any:
        """A tuple of items."""
        if type(value) is not tuple:
            refuse_decode(label, value, "an array")
        decode = self.item.decode
        return tuple([decode(item, label) for item in value])


class Fixed(Shape):
    """`tuple[X, Y]`: so many items, each of its own type."""

    def __init__(self, items: tuple[Shape, ...]) -> None:
        self.items = items
        self.text = f"tuple[{','.join(item.text for item in items)}]"

    def encode(self, value: Any, label: str) -> Any:
        """A tuple of encoded items."""
        if type(value) is not tuple or len(value) != len(self.items):
            refuse_encode(label, value, f"a tuple of {len(self.items)}")
        return tuple([s.encode(v, label) for s, v in zip(self.items, value, strict=True)])

    def decode(self, value: Any, label: str) -> Any:
        """A tuple of items."""
        if type(value) is not tuple or len(value) != len(self.items):
            refuse_decode(label, value, f"an array of {len(self.items)}")
        return tuple([s.decode(v, label) for s, v in zip(self.items, value, strict=True)])


class Levels(Many):
    """`tuple[tuple[float, float], ...]`: book levels, the one composite of the hot path.

    Same promise as `Many`, looked through in one loop: a sum of `x - x` is 0.0 only when all are
    finite. Anything unusual goes the slow way, which converts it or says what is wrong.
    """

    def encode(self, value: Any, label: str) -> Any:
        """The levels themselves when all are exact floats already."""
        return value if _are_levels(value) else super().encode(value, label)

    def decode(self, value: Any, label: str) -> Any:
        """The levels themselves."""
        return value if _are_levels(value) else super().decode(value, label)


def _are_levels(value: Any) -> bool:
    if type(value) is not tuple:
        return False
    total = 0.0
    for level in value:
        if type(level) is not tuple or len(level) != 2:
            return False
        price, size = level
        if type(price) is not float or type(size) is not float:
            return False
        total += (price - price) + (size - size)
    return total == 0.0


class Nested(Shape):
    """An attrs class inside a message: an array of its fields without a tag."""

    def __init__(self, cls: type, depth: int) -> None:
        self.cls = cls
        self.fields = fields_of(cls, depth)
        self.text = f"{cls.__name__}({text_of(self.fields)})"
        self._aliases = [field.alias for field in attrs.fields(cls)]

    def encode(self, value: Any, label: str) -> Any:
        """A tuple of the encoded fields."""
        if type(value) is not self.cls:
            refuse_encode(label, value, f"a {self.cls.__name__}")
        items = [s.encode(getattr(value, name), f"{label}.{name}") for name, s in self.fields]
        return tuple(items)

    def decode(self, value: Any, label: str) -> Any:
        """An object made by the class itself, so its validators have their say."""
        if type(value) is not tuple or len(value) != len(self.fields):
            refuse_decode(label, value, f"the {len(self.fields)} fields of {self.cls.__name__}")
        items = zip(self._aliases, self.fields, value, strict=True)
        arguments = {alias: s.decode(v, f"{label}.{name}") for alias, (name, s), v in items}
        try:
            return self.cls(**arguments)
        except (ValueError, TypeError) as error:
            raise BadEnvelope(f"{label} is refused by {self.cls.__name__}: {error}") from error


Fields = tuple[tuple[str, Shape], ...]
"""Names and shapes of a class's fields, in order."""


def text_of(fields: Fields) -> str:
    """Canonical text of names and types."""
    return ",".join(f"{name}:{shape.text}" for name, shape in fields)


_SCALARS: dict[object, type[Shape]] = {int: Int, float: Float, Decimal: Exact}


def shape_of(annotation: Any, depth: int = 0) -> Shape:
    """The shape of a field annotation.

    Raises:
        LocalProtocolError: when the type cannot travel.
    """
    if annotation in (str, bool, bytes):
        return Plain(annotation)
    if annotation in _SCALARS:
        return _SCALARS[annotation]()
    if inspect.isclass(annotation) and issubclass(annotation, StrEnum):
        return Word(annotation)
    if inspect.isclass(annotation) and attrs.has(annotation):
        return Nested(annotation, depth + 1)
    return _shape_of_generic(annotation, depth)


def _shape_of_generic(annotation: Any, depth: int) -> Shape:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType) and len(args) == 2 and type(None) in args:
        (item,) = (arg for arg in args if arg is not type(None))
        return Maybe(shape_of(item, depth))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        item_shape = shape_of(args[0], depth)
        return Levels(item_shape) if args[0] == tuple[float, float] else Many(item_shape)
    if origin is tuple and args and Ellipsis not in args:
        return Fixed(tuple(shape_of(arg, depth) for arg in args))
    raise LocalProtocolError(f"{annotation!r} cannot travel: see engine.messages.shapes for types")


def fields_of(cls: type, depth: int = 0) -> Fields:
    """Names and shapes of the class's fields, in order.

    Raises:
        LocalProtocolError: for a class that is no slotted attrs class, or nests too deeply.
    """
    if not attrs.has(cls) or "__dict__" in dir(cls):
        raise LocalProtocolError(f"{cls.__name__} is not a slotted attrs class: it cannot travel")
    if depth > NESTING_MAX:
        raise LocalProtocolError(f"{cls.__name__} nests deeper than {NESTING_MAX}")
    hints = typing.get_type_hints(cls)
    fields = []
    for field in attrs.fields(cls):
        if not field.init:
            raise LocalProtocolError(f"{cls.__name__}.{field.name}: a field must be an argument")
        fields.append((field.name, shape_of(hints[field.name], depth)))
    return tuple(fields)
