"""HTTP clients of what listens on this machine without TLS.

A client of its own would read all certificate authorities first, 30 ms of a processor for each.
"""

import ssl
from typing import Any

import httpx

from tests.kit.waiting import deadline_s

_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_client(**options: Any) -> httpx.AsyncClient:
    """A client with the suite's patience, where the options do not say otherwise."""
    return httpx.AsyncClient(verify=_TRUSTS_NOBODY, **{"timeout": deadline_s(10), **options})
