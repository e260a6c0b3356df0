"""How long a server asks us to stay away: the `Retry-After` header of HTTP (RFC 9110, 10.2.3)."""

RETRY_AFTER_S_MAX = 3600.0
"""A venue that wants longer needs a person; an absurd number must not silence a session for days."""


def retry_after_s(value: str | bytes) -> float:
    """Seconds from the header's value, 0.0 when it is absent or not a number of seconds.

    The other legal form is a date; no venue of ours uses it and it would need a wall clock that
    agrees with theirs, so it counts as absent and the ordinary back-off applies.
    """
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    text = text.strip()
    if not text.isascii() or not text.isdigit():
        return 0.0
    return min(float(text[:9]), RETRY_AFTER_S_MAX)
