"""The codec: attrs classes with a tag to msgpack arrays and back, exactly or not at all.

`register` generates an encoder and a decoder for each message class once, at import. Encoding
refuses what decoding would refuse, so a bad value is found by the process that made it. The first
bytes of a market message (array header, tag, instrument) are constant per topic: `prefix` is the
ZeroMQ subscription, and no topic frame is needed.
"""

import functools
import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

import attrs
import msgpack

from engine.errors import BadEnvelope, LocalProtocolError
from engine.messages.completing import completed
from engine.messages.generate import build_decoder, build_encoder, is_assignable
from engine.messages.shapes import Fields, fields_of, text_of

T = TypeVar("T")

TAG_MAX = 127
"""Tags up to here are one byte on the wire."""

TEXT_BYTES_MAX = 64 * 1024
"""One text field; reasons and logs are cut far below by those who write them."""

BLOB_BYTES_MAX = 1024 * 1024
"""One bytes field: never more than the largest message any socket takes."""

INSTRUMENT_BYTES_MAX = 255
"""A packed instrument name in a topic; real ones have some 20."""

ITEMS_MAX = 16 * 1024
"""Items of one array; the largest of ours are replay chunks and book sides."""

SMALL_BYTES = 4096
"""Below this no input can blow up memory (measured: at most 69 times its size), so the limits,
which cost as much again as the unpacking itself, are left out; the field checks refuse the same."""

_REFUSED = (
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    MemoryError,
    BufferError,
    LookupError,
)
"""All that msgpack and the generated functions raise for hostile bytes (measured)."""


def _refuse_map(_pairs: object) -> NoReturn:
    raise ValueError("a map")


def _refuse_extension(_code: int, _data: bytes) -> NoReturn:
    raise ValueError("an extension type")


_unpackb = msgpack.unpackb

_unpack_large: Callable[[bytes], Any] = functools.partial(
    msgpack.unpackb,
    use_list=False,
    object_pairs_hook=_refuse_map,
    ext_hook=_refuse_extension,
    max_str_len=TEXT_BYTES_MAX,
    max_bin_len=BLOB_BYTES_MAX,
    max_array_len=ITEMS_MAX,
    max_map_len=0,
    max_ext_len=0,
)


@attrs.frozen(kw_only=True)
class Kind:
    """A registered message class: its tag, whether readers may conflate it, and its fields."""

    cls: type
    tag: int
    conflate: bool
    fields: Fields
    mutable: bool
    """Whether fields can be set after the message is made (hot market data)."""
    header: bytes
    """Array header and tag: the first bytes of every message of the kind."""

    @property
    def shape(self) -> str:
        """Canonical text of tag, name, fields and types; any change of it is another protocol."""
        return f"{self.tag}:{self.cls.__name__}:{int(self.conflate)}({text_of(self.fields)})"

    @property
    def is_market(self) -> bool:
        """Whether the class begins with instrument, boot and sequence, so that it has topics."""
        return tuple(name for name, _ in self.fields[:3]) == ("instrument", "boot", "sequence")


class Registry:
    """Tags, classes and their generated functions. The engine uses one; tests make their own."""

    __slots__ = ("_by_class", "_by_tag", "_completes", "_decoders", "_encoders", "_pack")

    def __init__(self, *, completes: bool = False) -> None:
        """`completes`: what older releases wrote without the newest fields is read with their defaults."""
        self._completes = completes
        self._by_class: dict[type, Kind] = {}
        self._by_tag: dict[int, Kind] = {}
        self._encoders: dict[type, Callable[[Any], bytes]] = {}
        self._decoders: dict[int, Callable[[Any], object]] = {}
        self._pack: Callable[[Any], bytes] = msgpack.Packer(use_bin_type=True).pack

    def register(self, *, tag: int, conflate: bool = False) -> Callable[[type[T]], type[T]]:
        """Class decorator above `attrs.define` or `attrs.frozen`: the class may travel.

        Raises:
            LocalProtocolError: for a tag in use or out of range, or a field that cannot travel.
        """

        def add(cls: type[T]) -> type[T]:
            self._add(cls, tag, conflate=conflate)
            return cls

        return add

    def _add(self, cls: type, tag: int, *, conflate: bool) -> None:
        if not 0 < tag <= TAG_MAX:
            raise LocalProtocolError(f"tag {tag} of {cls.__name__} is not within 1 to {TAG_MAX}")
        if tag in self._by_tag:
            other = self._by_tag[tag].cls.__name__
            raise LocalProtocolError(f"tag {tag} of {cls.__name__} belongs to {other} already")
        if cls in self._by_class:
            raise LocalProtocolError(f"{cls.__name__} is registered already")
        fields = fields_of(cls)
        header = msgpack.Packer().pack_array_header(len(fields) + 1) + bytes([tag])
        kind = Kind(
            cls=cls,
            tag=tag,
            conflate=conflate,
            fields=fields,
            mutable=is_assignable(cls),
            header=header,
        )
        if conflate and not kind.is_market:
            raise LocalProtocolError(f"{cls.__name__} has no topics, so it cannot be conflated")
        self._encoders[cls] = build_encoder(fields, tag, self._pack, cls.__name__)
        self._decoders[tag] = build_decoder(cls, fields)
        self._by_class[cls] = self._by_tag[tag] = kind

    def encode(self, message: object) -> bytes:
        """The message as bytes.

        Raises:
            LocalProtocolError: an unregistered class, a field of the wrong type, NaN, infinity, an
                integer beyond 64 bits, a Decimal or text too long. Nothing was sent.
        """
        try:
            return self._encoders[message.__class__](message)
        except _REFUSED as error:
            return self._encode_slowly(message, error)

    def _encode_slowly(self, message: object, error: Exception) -> bytes:
        """Name the field that is wrong; pack after all when only the fast path was too strict."""
        kind = self.kind(type(message))
        name = kind.cls.__name__
        items = [s.encode(getattr(message, field), f"{name}.{field}") for field, s in kind.fields]
        try:
            return self._pack((kind.tag, *items))
        except _REFUSED:
            raise LocalProtocolError(f"{name} cannot be encoded: {error}") from error

    def decode(self, data: bytes) -> object:
        """The message that exactly these bytes are.

        Raises:
            BadEnvelope: for anything else, whatever the bytes are.
        """
        try:
            if len(data) <= SMALL_BYTES:
                items = _unpackb(data, use_list=False)
            else:
                items = _unpack_large(data)
        except _REFUSED as error:
            raise BadEnvelope(f"not a message: {type(error).__name__}") from error
        try:
            return self._decoders[items[0]](items)
        except BadEnvelope:
            raise
        except _REFUSED as error:
            return self._decode_slowly(items, error)

    def _decode_slowly(self, items: Any, error: Exception) -> object:
        """Name what is wrong; build after all when only the fast path was too strict."""
        kind = self._kind_of_items(items)
        name = kind.cls.__name__
        values = items[1:]
        if self._completes:
            values = completed(kind.cls, kind.fields, values)
        if len(values) != len(kind.fields):
            raise BadEnvelope(f"{name} has {len(kind.fields)} fields, not {len(values)}")
        fields = zip(attrs.fields(kind.cls), kind.fields, values, strict=True)
        arguments = {f.alias: s.decode(v, f"{name}.{label}") for f, (label, s), v in fields}
        try:
            return kind.cls(**arguments)
        except _REFUSED:
            raise BadEnvelope(f"{name} is refused: {type(error).__name__}") from error

    def _kind_of_items(self, items: object) -> Kind:
        if type(items) is not tuple or not items or type(items[0]) is not int:
            raise BadEnvelope("not a message: no array that begins with a tag")
        kind = self._by_tag.get(items[0])
        if kind is None:
            raise BadEnvelope(f"not a message: nobody knows tag {items[0]}")
        return kind

    def decode_as(self, data: bytes, cls: type[T]) -> T:
        """The same for one expected class; BadEnvelope for any other."""
        message = self.decode(data)
        if type(message) is not cls:
            raise BadEnvelope(f"expected {cls.__name__}, got {type(message).__name__}")
        return message

    def kind(self, cls: type) -> Kind:
        """What is known of a message class; LocalProtocolError when it is not registered."""
        try:
            return self._by_class[cls]
        except KeyError:
            raise LocalProtocolError(f"{cls.__name__} is not a registered message") from None

    def kind_of_tag(self, tag: int) -> Kind | None:
        """The kind with this tag, None for an unknown one."""
        return self._by_tag.get(tag)

    def prefix(self, cls: type, instrument: str | None = None) -> bytes:
        """First bytes of every message of the class, on one instrument or (None) on all.

        Raises:
            LocalProtocolError: when the class has no topics, or the instrument's name is too long.
        """
        kind = self.kind(cls)
        if instrument is None:
            return kind.header
        if not kind.is_market:
            raise LocalProtocolError(
                f"{cls.__name__} does not begin with instrument, boot, sequence"
            )
        text = self._pack(instrument)
        if len(text) > INSTRUMENT_BYTES_MAX:
            raise LocalProtocolError(f"an instrument name of {len(text)} bytes cannot be a topic")
        return kind.header + text

    def kinds(self) -> Mapping[int, Kind]:
        """All registered kinds by tag; a live, read-only view."""
        return MappingProxyType(self._by_tag)


_ENGINE = Registry()

register = _ENGINE.register
encode = _ENGINE.encode
decode = _ENGINE.decode
decode_as = _ENGINE.decode_as
prefix = _ENGINE.prefix
kind_of = _ENGINE.kind
kind_of_tag = _ENGINE.kind_of_tag
registry = _ENGINE.kinds


@functools.cache
def protocol_fingerprint() -> str:
    """16 hex digits over the shape of every message of the engine.

    Two processes with different fingerprints are of different releases and must refuse each other
    at hello. All conversation modules are imported first, so that it does not depend on what a
    process happens to use.
    """
    package = importlib.import_module("engine.messages")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"engine.messages.{module.name}")
    ours = [
        kind.shape
        for _, kind in sorted(registry().items())
        if kind.cls.__module__.startswith("engine.messages.")
    ]
    return hashlib.sha256("\n".join(ours).encode()).hexdigest()[:16]
