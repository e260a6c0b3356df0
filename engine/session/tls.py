"""The one TLS configuration of outgoing connections: system authorities, host names checked."""

import ssl
from functools import cache


@cache
def verifying_context() -> ssl.SSLContext:
    """Made once per process: reading the authorities takes some 20 ms, too long for each reconnect."""
    return ssl.create_default_context()
