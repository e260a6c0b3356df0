"""Protobuf message classes made from a compact table of fields, for simulators of venues that speak it.

One line of the table is one message: its name, then `name=number:type` for every field. Types are
`s` (string), `b` (bool), `y` (bytes), `d` (double), `e` (an enumeration, which travels like an int32),
`i32 i64 u32 u64`, or the name of a message of the table; `*` before the type repeats it, `?` gives it
presence, `%` makes a map from strings. A `!` behind the message's name makes its fields the members of
one oneof, `payload`. The classes are google.protobuf's own, in a pool that nothing else registers in.
"""

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

ONEOF: Final = "payload"
_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS: Final = {
    "s": _Field.TYPE_STRING,
    "b": _Field.TYPE_BOOL,
    "y": _Field.TYPE_BYTES,
    "d": _Field.TYPE_DOUBLE,
    "e": _Field.TYPE_INT32,
    "i32": _Field.TYPE_INT32,
    "i64": _Field.TYPE_INT64,
    "u32": _Field.TYPE_UINT32,
    "u64": _Field.TYPE_UINT64,
}


class NotMessage(ValueError):
    """Bytes that are not a message of the expected type."""


def build(package: str, table: str) -> dict[str, type[Message]]:
    """The message classes of a table by name; ValueError for a table that is wrong."""
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax="proto3"
    )
    for line in filter(None, map(str.strip, table.splitlines())):
        _add_message(package, file, line)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        each.name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{package}.{each.name}")
        )
        for each in file.message_type
    }


def _add_message(package: str, file: Any, line: str) -> None:
    name, _, fields = line.partition(" ")
    message = file.message_type.add(name=name.rstrip("!"))
    if name.endswith("!"):
        message.oneof_decl.add(name=ONEOF)
    for text in fields.split():
        field = _add_field(package, message, text)
        if name.endswith("!"):
            field.oneof_index = 0
    for field in message.field:
        if field.proto3_optional:  # each is the only member of a oneof of its own
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")


def _add_field(package: str, message: descriptor_pb2.DescriptorProto, text: str) -> Any:
    name, _, rest = text.partition("=")
    number, _, kind = rest.partition(":")
    field = message.field.add(name=name, number=int(number), label=_Field.LABEL_OPTIONAL)
    if kind.startswith("%"):
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=_Field.LABEL_OPTIONAL, type=_Field.TYPE_STRING)
        value = entry.field.add(name="value", number=2, label=_Field.LABEL_OPTIONAL)
        _set_type(package, value, kind[1:])
        field.label = _Field.LABEL_REPEATED
        field.type = _Field.TYPE_MESSAGE
        field.type_name = f".{package}.{message.name}.{entry.name}"
        return field
    if kind.startswith("*"):
        field.label, kind = _Field.LABEL_REPEATED, kind[1:]
    elif kind.startswith("?"):
        field.proto3_optional, kind = True, kind[1:]
    _set_type(package, field, kind)
    return field


def _set_type(package: str, field: Any, kind: str) -> None:
    scalar = _SCALARS.get(kind)
    if scalar is not None:
        field.type = scalar
    else:
        field.type = _Field.TYPE_MESSAGE
        field.type_name = f".{package}.{kind}"


def parse(kind: type[Message], body: bytes) -> Any:
    """The message in a body; unknown fields are skipped. Raises NotMessage."""
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise NotMessage(str(error)) from error
