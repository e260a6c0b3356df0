"""The HTTP signature, against the sheet's vectors of the venue's own client."""

import json

import pytest

from actors.venues.longbridge.calls import Calls, read_envelope
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials, sign
from engine.errors import ConfigError
from engine.session.contract import HttpResponse, Now
from engine.session.masking import WITHHELD

STUB = Credentials(app_key="stub-key", app_secret="stub-secret", access_token="stub-token")
NOW = Now(0, 1795225422_000_000_000)
SUBMIT = (
    b'{"symbol":"700.HK","order_type":"LO","side":"Buy","submitted_quantity":"200",'
    b'"time_in_force":"Day","submitted_price":"320.6","remark":"fill"}'
)
VECTORS = [
    ("GET", "/v1/socket/token", "", b"",
     "24bc7e4d9317b31489e04c8530ead8341ad46fb5575466a222606d973e9b2896"),
    ("GET", "/v1/trade/order/today", "status=FilledStatus", b"",
     "cab60d928b67b1494dce58fe24e95ed2295f09220b8f0945345c83a1a46a31ab"),
    ("POST", "/v1/trade/order", "", SUBMIT,
     "2e4e3c5da3cd7f55dc1fbb76a5e358412308412a971dc993c23f3785db4990c5"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "query", "body", "wanted"), VECTORS)
def test_signatures_are_those_of_the_venues_client(method, path, query, body, wanted):
    """Three requests, byte for byte; the header names what is signed."""
    made = sign(STUB, method, path, query=query, body=body, timestamp="1795225422")
    assert made == wanted

    pairs = [tuple(query.split("="))] if query else []
    call = Calls(Settings(), STUB).make(method, path, NOW, query=pairs, body=body)
    assert call.headers["X-Api-Signature"] == (
        "HMAC-SHA256 SignedHeaders=authorization;x-api-key;x-timestamp, Signature=" + wanted
    )
    assert call.headers["X-Timestamp"] == "1795225422"
    assert call.path == (f"{path}?{query}" if query else path)


def test_a_prefix_of_the_base_url_is_signed():
    """The path that counts is the whole one of the URL."""
    calls = Calls(Settings(http_url="https://host/prefix"), STUB)
    call = calls.make("GET", "/v1/x", NOW)
    wanted = sign(STUB, "GET", "/prefix/v1/x", timestamp="1795225422")

    assert call.path == "/v1/x"
    assert call.headers["X-Api-Signature"].endswith(wanted)


def test_keys_of_a_query_repeat_and_calls_are_numbered():
    """Arrays are repeated keys; each call has a number of its own."""
    calls = Calls(Settings(), STUB)
    first = calls.make("GET", "/v1/x", NOW, query=[("status", "A"), ("status", "B C")])
    second = calls.make("GET", "/v1/x", NOW)

    assert first.path == "/v1/x?status=A&status=B+C"
    assert second.call_id == first.call_id + 1


def test_credentials_are_demanded_and_never_shown():
    """Each missing one is named; no representation holds one."""
    with pytest.raises(ConfigError, match=r"app_secret.*access_token"):
        Credentials.of({"app_key": "k"})
    assert "stub" not in repr(STUB)
    assert STUB.scrub("stub-secret and stub-token of stub-key") == "••• and ••• of •••"


def test_a_part_of_a_token_is_as_good_as_shown():
    """Lines of the venue's words are cut, and a token may be longer than a line."""
    token = "".join(f"{number:03d}x" for number in range(250))
    credentials = Credentials(app_key="stub-key", app_secret="stub-secret", access_token=token)
    said = json.dumps({"code": 401004, "message": f"no such token: {token}"}).encode()
    cut = read_envelope(HttpResponse(401, {}, said)).text
    assert token[:100] in cut
    assert credentials.scrub(cut) == WITHHELD


@pytest.mark.parametrize(
    ("status", "body", "ok", "code", "text"),
    [
        (200, b'{"code":0,"message":"success","data":{}}', True, "0", "success"),
        (200, b'{"code":0,"data":{}}', True, "0", "HTTP 200"),
        (500, b'{"code":0,"message":"","data":{}}', False, "0", "HTTP 500"),
        (400, b'{"code":602001,"message":"bad","data":null}', False, "602001", "bad"),
        (
            429,
            b"slow down",
            False,
            "http-429",
            "not acceptable JSON: Expecting value at character 0",
        ),
        (502, b"[]", False, "http-502", "HTTP 502 without the venue's envelope"),
    ],
)
def test_envelopes_never_raise(status, body, ok, code, text):
    """Code first, status where it contradicts; what cannot be read says why."""
    envelope = read_envelope(HttpResponse(status, {"x-trace-id": "t-1"}, body))

    assert (envelope.ok, envelope.code_text, envelope.text) == (ok, code, text)
    assert envelope.trace_id == "t-1"
