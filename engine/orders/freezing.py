"""The book of orders as bytes and back: all of it, whatever it is made of. Pure. Other folds' states as well.

A snapshot must hold everything that later records may depend on. So nothing is listed here: the book
is walked from attribute to attribute, and what it is made of (attrs classes, classes with slots, named
tuples, enums of the engine, and plain values) is written down with the names of its fields. A field
somebody adds is therefore kept without a line here, and a value of a kind that cannot be kept is an
error at once. Objects that several indexes hold are written once and come back as one.

Bounds (`…_max`) come from the code that reads, never from the snapshot: one that is not the same for
all objects of a class has to come with each use.
"""

import importlib
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from types import MemberDescriptorType
from typing import Any, TypeVar

import attrs
import msgpack

from engine.errors import InvariantViolation
from engine.orders.book import BookOfOrders

STATE_VERSION = 3
"""Raise it when applying a record leads to another state than before: old snapshots are then read anew
from the journal, as far as it reaches back."""

NOT_STATE = frozenset({"_appliers"})
"""Attributes of the book that are code."""

OURS = "engine."
"""Classes of these packages may be in the book; nothing else is looked up by name."""

_DECIMAL, _ENUM, _OBJECT, _SAME, _TUPLE, _DEQUE, _COUNTER, _SET = range(1, 9)

_UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    ArithmeticError,
    RecursionError,
    msgpack.UnpackException,
)

T = TypeVar("T")
Row = Sequence[Any]
Build = Callable[[Row], object]


class CannotThaw(ValueError):
    """These bytes are no book that this release can make sense of."""


@attrs.frozen
class Thawed:
    """A book, and whether it was made by this release: `same` has the fields of today."""

    book: BookOfOrders
    same: bool


def freeze(book: object, *, version: int = STATE_VERSION) -> bytes:
    """The whole state; equal books that share alike give equal bytes.

    Raises:
        InvariantViolation: something in the book is of a kind that cannot be kept.
    """
    freezer = _Freezer()
    body = freezer.pack(book)
    packed: bytes = msgpack.packb([version, freezer.table(), body])
    return packed


def thaw(data: bytes) -> Thawed:
    """The book that was frozen.

    Raises:
        CannotThaw: not made by `freeze`, or by a release with fields that cannot be matched.
    """
    book, same = thaw_like(data, BookOfOrders(), version=STATE_VERSION)
    return Thawed(book, same=same)


def thaw_like(data: bytes, example: T, *, version: int) -> tuple[T, bool]:
    """What was frozen, if it is of the kind of `example`, and whether this release made it.

    Raises:
        CannotThaw: as `thaw`.
    """
    try:
        made_by, table, body = msgpack.unpackb(data, use_list=False)
        thawer = _Thawer(table, example)
        book = thawer.unpack(body)
    except _UNREADABLE as error:
        raise CannotThaw(f"{type(error).__name__}: {error}") from error
    if not isinstance(book, type(example)):
        raise CannotThaw(f"a {type(book).__name__} instead of a {type(example).__name__}")
    return book, thawer.same and made_by == version


def field_names(instance: object) -> tuple[str, ...]:
    """The fields of an object that are its state, in order.

    Raises:
        InvariantViolation: it is of a kind that cannot be kept.
    """
    cls = type(instance)
    if not cls.__module__.startswith(OURS) or callable(instance):
        raise InvariantViolation(
            f"a {cls.__module__}.{cls.__qualname__} in the book cannot be kept in a snapshot"
        )
    if hasattr(cls, "_fields"):
        return tuple(cls._fields)
    if attrs.has(cls):
        return tuple(field.name for field in attrs.fields(cls))
    slots = [name for base in reversed(cls.__mro__) for name in getattr(base, "__slots__", ())]
    names = [*slots, *getattr(instance, "__dict__", ())]
    return tuple(n for n in names if n not in NOT_STATE and not n.endswith("_max"))


class _Freezer:
    def __init__(self) -> None:
        self._classes: dict[type, tuple[int, tuple[str, ...]]] = {}
        self._seen: dict[int, int] = {}
        self._enums: dict[tuple[type, object], msgpack.ExtType] = {}

    def table(self) -> list[list[Any]]:
        """Module, name and fields of each class met, by number."""
        return [
            [cls.__module__, cls.__qualname__, names] for cls, (_, names) in self._classes.items()
        ]

    def pack(self, value: object) -> bytes:
        """A packer of its own for each nesting: one that is at work cannot be used again."""
        packed: bytes = msgpack.packb(value, default=self._other, strict_types=True)
        return packed

    def _other(self, value: Any) -> object:
        """What msgpack has no form for; its arrays are lists."""
        kind = type(value)
        if kind is Decimal:
            return msgpack.ExtType(_DECIMAL, str(value).encode())
        if kind is tuple:
            return msgpack.ExtType(_TUPLE, self.pack(list(value)))
        if isinstance(value, Enum):
            return self._enum(kind, value)
        if kind is deque:
            return msgpack.ExtType(_DEQUE, self.pack([value.maxlen, list(value)]))
        if kind is Counter:
            return msgpack.ExtType(_COUNTER, self.pack(dict(value)))
        if kind is OrderedDict:  # every dict has an order; that this one forgets its oldest is code
            return dict(value)
        if kind in (set, frozenset):
            frozen = kind is frozenset
            return msgpack.ExtType(_SET, self.pack([frozen, sorted(value)]))
        return self._object(value)

    def _enum(self, kind: type, value: Enum) -> msgpack.ExtType:
        found = self._enums.get((kind, value))
        if found is None:
            number = self._number(kind, ())
            found = msgpack.ExtType(_ENUM, self.pack([number, value.value]))
            self._enums[kind, value] = found
        return found

    def _object(self, value: object) -> msgpack.ExtType:
        seen = self._seen.get(id(value))
        if seen is not None:
            return msgpack.ExtType(_SAME, seen.to_bytes(4, "big"))
        cls = type(value)
        known = self._classes.get(cls)
        names = field_names(value) if known is None else known[1]
        number = self._number(cls, names)
        try:
            row = [number, *[getattr(value, name) for name in names]]
        except AttributeError as error:
            raise InvariantViolation(
                f"an unfinished {cls.__qualname__} in the book: {error}"
            ) from error
        data = self.pack(row)
        self._seen[id(value)] = len(self._seen)  # numbered when complete: so is it on the way back
        return msgpack.ExtType(_OBJECT, data)

    def _number(self, cls: type, names: tuple[str, ...]) -> int:
        if cls not in self._classes:
            if not cls.__module__.startswith(OURS):
                raise InvariantViolation(f"a {cls.__qualname__} in the book cannot be kept")
            self._classes[cls] = (len(self._classes), names)
        return self._classes[cls][0]


class _Thawer:
    def __init__(self, table: Sequence[tuple[str, str, tuple[str, ...]]], example: object) -> None:
        self.same = True
        self._parts = {type(each): each for each in vars(example).values()}
        self._made: list[object] = []
        self._classes = [_class_of(module, name) for module, name, _ in table]
        self._builders = [
            self._builder(cls, row[2]) for cls, row in zip(self._classes, table, strict=True)
        ]
        self.unpack: Callable[[bytes], Any] = partial(
            msgpack.unpackb, strict_map_key=False, ext_hook=self._other
        )
        self._values = lru_cache(maxsize=1 << 16)(
            self._value
        )  # prices and sizes come again and again

    def _other(self, code: int, data: bytes) -> object:
        """What msgpack has no form for; the frequent kinds first."""
        if code <= _ENUM:
            return self._values(code, data)
        if code == _SAME:
            return self._made[int.from_bytes(data, "big")]
        content = self.unpack(data)
        if code == _OBJECT:
            made = self._builders[content[0]](content)
            self._made.append(made)
            return made
        return _container(code, content)

    def _value(self, code: int, data: bytes) -> object:
        if code == _DECIMAL:
            return Decimal(data.decode())
        number, value = self.unpack(data)
        return self._classes[number](value)

    def _builder(self, cls: type, names: tuple[str, ...]) -> Build:
        if issubclass(cls, Enum):
            return _refuse
        if issubclass(cls, tuple):
            if names != getattr(cls, "_fields", None):
                self.same = False
                return lambda row: cls(**dict(zip(names, row[1:], strict=True)))
            return lambda row: tuple.__new__(cls, row[1:])
        if not attrs.has(cls):
            return self._plain_builder(cls, names)
        if names != tuple(field.name for field in attrs.fields(cls)):
            self.same = False
            return lambda row: _matched(cls, dict(zip(names, row[1:], strict=True)))
        return _exact(cls, names)

    def _plain_builder(self, cls: type, names: tuple[str, ...]) -> Build:
        """Of a class that begins empty and keeps its own bounds."""
        begin, example = _beginning(cls, self._parts)
        today = field_names(example)
        self.same = self.same and names == today
        kept = frozenset(today)
        ordered = {name for name in today if type(getattr(example, name)) is OrderedDict}

        def build(row: Row) -> object:
            made = begin()
            for name, value in zip(names, row[1:], strict=True):
                if name in kept:
                    setattr(made, name, OrderedDict(value) if name in ordered else value)
            return made

        return build


def _beginning(cls: type, parts: Mapping[type, object]) -> tuple[Callable[[], object], object]:
    """How an object of a class begins, and an example; one that is made of others begins bare."""
    try:
        return cls, cls()
    except TypeError:
        return partial(object.__new__, cls), parts[cls]


def _exact(cls: type, names: tuple[str, ...]) -> Build:
    """Straight into the slots, past the checks that were made when the object was first made."""
    new: Callable[[type], object] = object.__new__
    ordered = _ordered_fields(cls)
    put = [_ordering(_setter(cls, n)) if n in ordered else _setter(cls, n) for n in names]

    def build(row: Row) -> object:
        made = new(cls)
        for setter, value in zip(put, row[1:], strict=True):
            setter(made, value)
        return made

    return build


def _ordered_fields(cls: type) -> frozenset[str]:
    """Fields that begin as an OrderedDict, and must be one again."""
    defaults = (
        (field.name, getattr(field.default, "factory", None)) for field in attrs.fields(cls)
    )
    return frozenset(name for name, factory in defaults if factory is OrderedDict)


def _ordering(setter: Callable[[object, object], None]) -> Callable[[object, Any], None]:
    return lambda made, value: setter(made, OrderedDict(value))


def _setter(cls: type, name: str) -> Callable[[object, object], None]:
    descriptor = cls.__dict__.get(name)
    if isinstance(descriptor, MemberDescriptorType):
        return descriptor.__set__
    return lambda made, value: object.__setattr__(made, name, value)


def _matched(cls: type, values: dict[str, Any]) -> object:
    """By the names that both releases have; new fields get their defaults."""
    known = {field.name: field.alias for field in attrs.fields(cls)}
    for name in _ordered_fields(cls) & values.keys():
        values[name] = OrderedDict(values[name])
    return cls(**{alias: values[name] for name, alias in known.items() if name in values})


def _refuse(row: Row) -> object:
    raise ValueError(f"class {row[0]} has no fields")


def _container(code: int, content: Any) -> object:
    if code == _TUPLE:
        return tuple(content)
    if code == _DEQUE:
        return deque(content[1], maxlen=content[0])
    if code == _COUNTER:
        return Counter(content)
    if code == _SET:
        return frozenset(content[1]) if content[0] else set(content[1])
    raise ValueError(f"nobody knows kind {code}")


def _class_of(module: str, name: str) -> type:
    if not module.startswith(OURS):
        raise ValueError(f"{module} is not a module of the book")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise TypeError(f"{module}.{name} is no class")
    return found
