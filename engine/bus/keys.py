"""Who may speak: CURVE key pairs and the peers behind public keys.

The supervisor makes the pairs and hands them over by pipe. A secret never shows in a repr, so it
cannot slip into a log or a traceback.
"""

import attrs
import zmq

KEY_CHARS = 40
"""A Curve25519 key in Z85 text."""


@attrs.frozen(repr=False)
class KeyPair:
    """A public key and its secret, both as 40 bytes of Z85 text. The repr masks the secret."""

    public: bytes = attrs.field(validator=attrs.validators.instance_of(bytes))
    secret: bytes = attrs.field(validator=attrs.validators.instance_of(bytes))

    def __attrs_post_init__(self) -> None:
        if len(self.public) != KEY_CHARS or len(self.secret) != KEY_CHARS:
            raise ValueError(f"a CURVE key is {KEY_CHARS} characters of Z85 text")

    def __repr__(self) -> str:
        return f"KeyPair(public={self.public.decode('ascii', 'replace')!r}, secret='***')"


def generate() -> KeyPair:
    """A fresh pair from the system's randomness."""
    public, secret = zmq.curve_keypair()
    return KeyPair(public, secret)


@attrs.frozen
class Peer:
    """Who is at the other end, as its key says. `role` is what it may ask for."""

    name: str
    role: str


NOBODY = Peer(name="", role="")
"""The peer of an endpoint without keys: anybody of this user."""
