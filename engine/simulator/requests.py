"""One HTTP request and one response, as whatever answers for a venue is given and gives them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

import attrs

FIELDS_MAX: Final = 1_000
"""Parameters of one query."""


@attrs.frozen(kw_only=True)
class Request:
    """One HTTP request; header names in lower case, path and query (without `?`) as they were sent."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    remote: str = "127.0.0.1"

    @cached_property
    def fields(self) -> dict[str, str]:
        """The query decoded; of a field that occurs twice the last counts, too many are none."""
        return fields_of(self.query)


@attrs.frozen
class Response:
    """One HTTP response; its body is JSON unless it says otherwise."""

    status: int
    body: str
    headers: Mapping[str, str] = attrs.field(factory=dict)
    content_type: str = "application/json"


def split_target(raw: bytes) -> tuple[str, str]:
    """Path and query of a request's target, whatever its bytes."""
    path, _, query = raw.decode("latin-1").partition("?")
    return path, query


def fields_of(query: str) -> dict[str, str]:
    """A query decoded; of a field that occurs twice the last counts, too many are none."""
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        return {}
