"""The rules of both handshakes: two bytes on TCP, a query on WebSocket; pure."""

from typing import Final
from urllib.parse import parse_qs

VERSION: Final = 1
CODEC_PROTOBUF: Final = 1
PLATFORM_OPENAPI: Final = 9
TCP_BYTES: Final = 2
QUERY_CHARS_MAX: Final = 4_096
FIELDS_MAX: Final = 64


def tcp_problem(data: bytes) -> str:
    """What is wrong with the two bytes, "" when nothing is."""
    version, codec = data[0] & 0x0F, data[0] >> 4
    platform, reserved = data[1] & 0x0F, data[1] >> 4
    if reserved:
        return "reserved bits are set"
    return _problem(str(version), str(codec), str(platform))


def query_problem(target: str) -> str:
    """What is wrong with the query of the upgrade's target, "" when nothing is.

    Any path, any order and other keys are fine; of a repeated key the first one counts.
    """
    query = target.partition("?")[2]
    if len(query) > QUERY_CHARS_MAX:
        return "query is too long"
    try:
        fields = parse_qs(query, max_num_fields=FIELDS_MAX)
    except ValueError:
        return "query has too many fields"
    return _problem(*(fields.get(key, [""])[0] for key in ("version", "codec", "platform")))


def _problem(version: str, codec: str, platform: str) -> str:
    for name, value, wanted in (
        ("version", version, VERSION),
        ("codec", codec, CODEC_PROTOBUF),
        ("platform", platform, PLATFORM_OPENAPI),
    ):
        if value != str(wanted):
            return f"{name} {value or 'is missing'}"
    return ""
