"""Records of older releases: arrays that end before fields which have been added since.

A journal outlives the release that wrote it. A field that is added to a record, or to a class inside
one, stands last and has a default; reading completes what was written without it. Messages of the bus
are never completed: processes of different releases refuse each other.
"""

from typing import Any

import attrs

from engine.messages.shapes import Fields, Many, Maybe, Nested, Shape


def completed(cls: type, fields: Fields, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values of a class's fields, with the defaults of those that the array ends before.

    What is wrong otherwise stays as it is, for the decoder to refuse.
    """
    known = [_complete(shape, value) for (_, shape), value in zip(fields, values, strict=False)]
    surplus = values[len(known) :]
    since = attrs.fields(cls)[len(known) :]
    if any(field.default is attrs.NOTHING for field in since):
        return (*known, *surplus)
    newest = zip(since, fields[len(known) :], strict=True)
    return (*known, *(shape.encode(each.default, name) for each, (name, shape) in newest), *surplus)


def _complete(shape: Shape, value: Any) -> Any:
    if isinstance(shape, Maybe):
        return None if value is None else _complete(shape.item, value)
    if type(value) is not tuple:
        return value
    if isinstance(shape, Nested):
        return completed(shape.cls, shape.fields, value)
    if isinstance(shape, Many):
        return tuple(_complete(shape.item, each) for each in value)
    return value
