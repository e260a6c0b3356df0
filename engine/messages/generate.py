"""Fast encoders and decoders, generated once per message class from its field shapes.

The generated functions check and convert in one go and raise anything at all for a wrong value;
the codec then asks the shapes, field by field, what exactly was wrong. So the code that runs a
million times carries no words, and the code that explains runs once per fault.
"""

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import attrs

from engine.messages.shapes import Exact, Fields, Float, Maybe, Nested, Plain, Shape, Word
from engine.model.money import DECIMAL_TEXT_CHARS_MAX, PLAIN_PATTERN

Function = Callable[[Any], Any]


class Source:
    """A function of one parameter under construction: lines, conditions, bound objects."""

    __slots__ = ("conditions", "floats", "lines", "names")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.conditions: list[str] = []
        self.floats: list[str] = []
        self.names: dict[str, object] = {}

    def bind(self, value: object) -> str:
        """A name under which the function sees `value`."""
        name = f"_{len(self.names)}"
        self.names[name] = value
        return name

    def check(self) -> None:
        """Write the collected conditions; `x - x` is 0.0 for finite x alone, and so for a sum.

        A sum that overflows though each part is finite ends in the slow path, which lets it pass.
        """
        if self.conditions:
            self.lines.append(f"if not ({' and '.join(self.conditions)}): raise TypeError")
        if self.floats:
            self.lines.append(f"total = {' + '.join(self.floats)}")
            self.lines.append("if total - total != 0.0: raise ValueError")

    def build(self, name: str, parameter: str) -> Function:
        """Compile; the source consists of attrs field names and our own words alone."""
        text = f"def {name}({parameter}):\n" + "\n".join(f"    {line}" for line in self.lines)
        scope: dict[str, Any] = dict(self.names)
        code = compile(text, f"<generated {name}>", "exec")
        exec(code, scope)  # noqa: S102 - as attrs itself does, from names that Python has parsed
        return cast("Function", scope[name])


def build_encoder(fields: Fields, tag: int, pack: Function, name: str) -> Function:
    """Message → bytes of `[tag, field, …]`; raises anything for a value that may not travel."""
    source = Source()
    items = [str(tag)]
    for index, (field, shape) in enumerate(fields):
        var = f"v{index}"
        items.append(var)
        _emit_encode(source, shape, var, f"m.{field}", f"{name}.{field}")
    source.check()
    source.lines.append(f"return {source.bind(pack)}(({', '.join(items)},))")
    return source.build(f"encode_{name}", "m")


def _emit_encode(source: Source, shape: Shape, var: str, value: str, label: str) -> None:
    if isinstance(shape, Plain):
        source.lines.append(f"{var} = {value}")
        source.conditions.append(f"type({var}) is {shape.text}")
    elif isinstance(shape, Float):
        source.lines.append(f"{var} = {value} * 1.0")
        source.floats.append(var)
    elif isinstance(shape, Word):
        source.lines.append(f"{var} = {value}")
        source.conditions.append(f"type({var}) is {source.bind(shape.kind)}")
    elif isinstance(shape, Exact):
        source.lines.append(f"{var} = {value}")
        source.lines += _lines_to_write_exact(source, shape, var, label)
    elif isinstance(shape, Maybe):
        source.lines.append(f"{var} = {value}")
        source.lines.append(f"if {var} is not None:")
        if isinstance(shape.item, Exact):
            lines = _lines_to_write_exact(source, shape.item, var, label)
        else:
            lines = [f"{var} = {source.bind(shape.item.encode)}({var}, {label!r})"]
        source.lines += [f"    {line}" for line in lines]
    elif isinstance(shape, Nested) and shape.fields:
        _emit_encode_nested(source, shape, var, value, label)
    else:
        source.lines.append(f"{var} = {source.bind(shape.encode)}({value}, {label!r})")


def _lines_to_write_exact(source: Source, shape: Exact, var: str, label: str) -> list[str]:
    """The short text of most numbers at once; the shape has its say about all others."""
    return [
        f"if type({var}) is not {source.bind(Decimal)}: raise TypeError",
        f"text = str({var})",
        f"if text.replace('.', '', 1).isdigit() and len(text) <= {DECIMAL_TEXT_CHARS_MAX}:",
        f"    {var} = text",
        f"else: {var} = {source.bind(shape.encode)}({var}, {label!r})",
    ]


def _emit_encode_nested(source: Source, shape: Nested, var: str, value: str, label: str) -> None:
    """The fields of an object inside the message, as a tuple."""
    source.lines.append(f"{var}o = {value}")
    source.lines.append(f"if type({var}o) is not {source.bind(shape.cls)}: raise TypeError")
    items = [f"{var}_{index}" for index in range(len(shape.fields))]
    for item, (field, inner) in zip(items, shape.fields, strict=True):
        _emit_encode(source, inner, item, f"{var}o.{field}", f"{label}.{field}")
    source.lines.append(f"{var} = ({', '.join(items)},)")


def build_decoder(cls: type, fields: Fields) -> Function:
    """Unpacked array → message; raises anything for a wrong one.

    Slots are stored directly unless the class has a validator, converter or init hook: then its
    own `__init__` runs and may refuse.
    """
    source = Source()
    variables = [f"v{index}" for index in range(len(fields))]
    source.lines.append(f"({', '.join(['tag', *variables])},) = t")
    source.conditions.append("type(tag) is int")
    converted: list[str] = []
    for var, (field, shape) in zip(variables, fields, strict=True):
        _emit_decode(source, converted, shape, var, f"{cls.__name__}.{field}")
    source.check()
    source.lines += converted
    source.lines += _lines_to_build(source, cls, variables, "m")
    source.lines.append("return m")
    return source.build(f"decode_{cls.__name__}", "t")


def _emit_decode(source: Source, converted: list[str], shape: Shape, var: str, label: str) -> None:
    """Unpacking and conditions into `source`, what comes after all conditions hold into `converted`."""
    if isinstance(shape, Plain | Float):
        source.conditions.append(f"type({var}) is {shape.text}")
        if isinstance(shape, Float):
            source.floats.append(var)
    elif isinstance(shape, Word):
        converted.append(f"{var} = {source.bind(shape.members)}[{var}]")
    elif isinstance(shape, Exact):
        converted += _lines_to_read_exact(source, var)
    elif isinstance(shape, Maybe):
        converted.append(f"if {var} is not None:")
        if isinstance(shape.item, Exact):
            lines = _lines_to_read_exact(source, var)
        else:
            lines = [f"{var} = {source.bind(shape.item.decode)}({var}, {label!r})"]
        converted += [f"    {line}" for line in lines]
    elif isinstance(shape, Nested) and shape.fields:
        items = [f"{var}_{index}" for index in range(len(shape.fields))]
        source.lines.append(f"if type({var}) is not tuple: raise TypeError")
        source.lines.append(f"({', '.join(items)},) = {var}")
        for item, (field, inner) in zip(items, shape.fields, strict=True):
            _emit_decode(source, converted, inner, item, f"{label}.{field}")
        converted += _lines_to_build(source, shape.cls, items, var)
    else:
        converted.append(f"{var} = {source.bind(shape.decode)}({var}, {label!r})")


def _lines_to_read_exact(source: Source, var: str) -> list[str]:
    refused = f"len({var}) > {DECIMAL_TEXT_CHARS_MAX} or {source.bind(PLAIN_PATTERN.fullmatch)}({var}) is None"
    return [
        f"if type({var}) is not str or {refused}: raise TypeError",
        f"{var} = {source.bind(Decimal)}({var})",
    ]


def _lines_to_build(source: Source, cls: type, variables: list[str], into: str) -> list[str]:
    kind, fields = source.bind(cls), attrs.fields(cls)
    if has_hooks(cls):
        arguments = [f"{f.alias}={var}" for f, var in zip(fields, variables, strict=True)]
        return [f"{into} = {kind}({', '.join(arguments)})"]
    lines = [f"{into} = {source.bind(object.__new__)}({kind})"]
    assignable = is_assignable(cls)
    for field, var in zip(fields, variables, strict=True):
        store = source.bind(getattr(cls, field.name).__set__)
        lines.append(f"{into}.{field.name} = {var}" if assignable else f"{store}({into}, {var})")
    return lines


def has_hooks(cls: type) -> bool:
    """Whether making an object runs more than stores."""
    checked = any(field.validator or field.converter for field in attrs.fields(cls))
    return checked or any(hasattr(cls, f"__attrs_{hook}_init__") for hook in ("pre", "post"))


def is_assignable(cls: type) -> bool:
    """Whether fields can simply be set: no frozen class, no hook on setting."""
    return inspect.getattr_static(cls, "__setattr__") is object.__dict__["__setattr__"]
