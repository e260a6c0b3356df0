"""Values of a spec that are known only once another actor is in service, such as its ports.

Settings and secrets may hold `Published` objects in place of values; `resolve` fills them in from
what the actors have published. They are objects and not a text syntax, so that no text in a user's
configuration can be taken for one.
"""

from collections.abc import Iterator, Mapping

import attrs

from engine.errors import LocalProtocolError


@attrs.frozen
class Published:
    """Stands for what `actor` publishes under `key` (dots lead into nested mappings; empty: all)."""

    actor: str
    key: str = ""


def resolve(value: object, published: Mapping[str, Mapping[str, object]]) -> object:
    """`value` with every placeholder replaced; mappings and lists are copied, nothing is shared.

    Raises:
        LocalProtocolError: when an actor has not published, or not that key.
    """
    if isinstance(value, Published):
        return _look_up(value, published)
    if isinstance(value, Mapping):
        return {key: resolve(item, published) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolve(item, published) for item in value]
    return value


def needed_actors(value: object) -> frozenset[str]:
    """The actors whose published values `value` waits for."""
    return frozenset(placeholder.actor for placeholder in _walk(value))


def _walk(value: object) -> Iterator[Published]:
    if isinstance(value, Published):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _walk(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _walk(item)


def _look_up(wanted: Published, published: Mapping[str, Mapping[str, object]]) -> object:
    found: object = published.get(wanted.actor)
    if found is None:
        raise LocalProtocolError(f"{wanted.actor} has not published anything yet")
    for part in wanted.key.split(".") if wanted.key else ():
        if not isinstance(found, Mapping) or part not in found:
            raise LocalProtocolError(f"{wanted.actor} does not publish {wanted.key!r}")
        found = found[part]
    return resolve(found, {})
