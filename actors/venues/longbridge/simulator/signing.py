"""The signature of an HTTP request, as the venue computes it (fact sheet, section 2.3).

The simulator's own code on purpose: the client beside it has another one, and the vectors of the
sheet judge both. A timestamp is opaque text here: clients send seconds, milliseconds or fractions.
"""

import hashlib
import hmac
from typing import Final

ALGORITHM: Final = "HMAC-SHA256"
SIGNED_HEADERS: Final = "authorization;x-api-key;x-timestamp"


def header_of(
    secret: str, method: str, path: str, query: str, body: bytes, *, token: str, key: str, at: str
) -> str:
    """The value of `X-Api-Signature` for a request; `query` and `body` exactly as sent."""
    plain = "|".join(
        (
            method,
            path,
            query,
            f"authorization:{token}\nx-api-key:{key}\nx-timestamp:{at}\n",
            SIGNED_HEADERS,
            hashlib.sha1(body, usedforsecurity=False).hexdigest() if body else "",
        )
    )
    digest = hashlib.sha1(plain.encode(), usedforsecurity=False).hexdigest()
    text = f"{ALGORITHM}|{digest}".encode()
    signature = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return f"{ALGORITHM} SignedHeaders={SIGNED_HEADERS}, Signature={signature}"


def same(given: str, expected: str) -> bool:
    """Whether two header values are equal but for the blanks around their parts."""
    return hmac.compare_digest(_parts(given), _parts(expected))


def _parts(value: str) -> bytes:
    algorithm, _, rest = value.strip().partition(" ")
    return "|".join([algorithm, *(part.strip() for part in rest.split(","))]).encode()
