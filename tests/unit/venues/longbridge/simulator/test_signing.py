"""The signature by the vectors of the fact sheet, and everything that keeps a request out."""

import json

import pytest

from actors.venues.longbridge.simulator.credentials import DEFAULT_CREDENTIALS, Credentials
from actors.venues.longbridge.simulator.signing import header_of, same
from tests.kit.longbridge_trading import ORDER, Still, signed_headers, ticket

STUB = {"token": "stub-token", "key": "stub-key", "at": "1795225422"}
FILLED = (
    b'{"symbol":"700.HK","order_type":"LO","side":"Buy","submitted_quantity":"200",'
    b'"time_in_force":"Day","submitted_price":"320.6","remark":"fill"}'
)
VECTORS = (
    (
        ("GET", "/v1/socket/token", "", b""),
        "24bc7e4d9317b31489e04c8530ead8341ad46fb5575466a222606d973e9b2896",
    ),
    (
        ("GET", "/v1/trade/order/today", "status=FilledStatus", b""),
        "cab60d928b67b1494dce58fe24e95ed2295f09220b8f0945345c83a1a46a31ab",
    ),
    (
        ("POST", "/v1/trade/order", "", FILLED),
        "2e4e3c5da3cd7f55dc1fbb76a5e358412308412a971dc993c23f3785db4990c5",
    ),
)


@pytest.mark.parametrize(("request_", "signature"), VECTORS)
def test_vectors_made_by_the_official_sdk(request_, signature):
    """All three of section 2.3."""
    value = header_of("stub-secret", *request_, **STUB)
    assert value.endswith(f", Signature={signature}")
    assert value.startswith("HMAC-SHA256 SignedHeaders=authorization;x-api-key;x-timestamp, ")


def test_blanks_around_the_parts_do_not_matter():
    """But every character of the signature does."""
    value = header_of("stub-secret", *VECTORS[0][0], **STUB)
    assert same(value.replace(", ", ","), value)
    assert not same(value[:-1] + ("0" if value[-1] != "0" else "1"), value)


def changed(still: Still, **headers: str) -> dict[str, str]:
    made = signed_headers(still.credentials, "GET", "/v1/asset/account", b"", "1")
    return made | headers


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-api-key": "nobody"}, 403, 403203),
        ({"x-api-key": ""}, 403, 403203),
        ({"x-api-signature": ""}, 403, 403201),
        ({"x-api-signature": "HMAC-SHA256 SignedHeaders=, Signature=00"}, 403, 403201),
        ({"x-timestamp": "2"}, 403, 403201),
        ({"authorization": "another"}, 403, 403201),
    ],
)
def test_what_keeps_a_request_out(headers, status, code):
    """HTTP status and code of the table, the envelope with data null, a trace id."""
    still = Still()
    response = still.send("GET", "/v1/asset/account", b"", changed(still, **headers))
    answer = json.loads(response.body)
    assert (response.status, answer["code"], answer["data"]) == (status, code, None)
    assert answer["message"]
    assert response.headers["x-trace-id"]


def test_a_wrong_token_with_a_right_signature_is_401004():
    """The signature covers the token, so both can be told apart."""
    still = Still()
    still.credentials["access_token"] = "another"
    response = still.ask("GET", "/v1/asset/account")
    assert (response.status, still.code(response)) == (401, 401004)


def test_an_expired_token_is_401003_until_revived():
    """As a fault on demand."""
    still = Still()
    assert still.venue.access.expire("*") == 1
    response = still.ask("GET", "/v1/asset/account")
    assert (response.status, still.code(response)) == (401, 401003)
    still.venue.access.revive()
    still.get("/v1/asset/account")


@pytest.mark.parametrize("stamp", ["1795225422", "1795225422123", "1795225422.5", "soon"])
def test_a_timestamp_is_opaque(stamp):
    """Seconds, milliseconds, fractions, anything: it is text that is signed."""
    still = Still()
    headers = signed_headers(still.credentials, "GET", "/v1/socket/token", b"", stamp)
    still.data(still.send("GET", "/v1/socket/token", b"", headers))


def test_equal_gets_of_one_second_pass_and_equal_changes_do_not():
    """The one-second timestamps of an SDK make equal signatures; only changes count as replays."""
    still = Still()
    headers = signed_headers(still.credentials, "GET", "/v1/socket/token", b"", "1795225422")
    otps = {
        still.data(still.send("GET", "/v1/socket/token", b"", headers))["otp"] for _ in range(2)
    }
    assert len(otps) == 2
    body = json.dumps(ticket()).encode()
    headers = signed_headers(still.credentials, "POST", ORDER, body, "1795225422")
    still.data(still.send("POST", ORDER, body, headers))
    again = still.send("POST", ORDER, body, headers)
    assert (again.status, still.code(again)) == (403, 403202)
    other = json.dumps(ticket(remark="another")).encode()
    headers = signed_headers(still.credentials, "POST", ORDER, other, "1795225422")
    still.data(still.send("POST", ORDER, other, headers))


def test_oauth_needs_no_signature():
    """A bearer token lets in by itself; an unknown one is 401102; it can be switched off."""
    still = Still()
    token = still.credentials["access_token"]
    headers = {"x-api-key": still.credentials["app_key"], "authorization": f"Bearer {token}"}
    still.data(still.send("GET", "/v1/asset/account", b"", headers))
    wrong = still.send("GET", "/v1/asset/account", b"", {**headers, "authorization": "Bearer x"})
    assert (wrong.status, still.code(wrong)) == (401, 401102)
    strict = Still(oauth=False)
    assert strict.code(strict.send("GET", "/v1/asset/account", b"", headers)) == 403201


def test_paper_trading_refuses_a_live_token():
    """Key and secret are shared, the access token tells the accounts apart."""
    paper = Credentials(
        app_key=DEFAULT_CREDENTIALS.app_key,
        app_secret=DEFAULT_CREDENTIALS.app_secret,
        access_token="paper-token",
        account="PAPER",
        paper=True,
    )
    still = Still(credentials=(DEFAULT_CREDENTIALS, paper))
    headers = changed(still, **{"x-papertrading": "true"})
    refused = still.send("GET", "/v1/asset/account", b"", headers)
    assert (refused.status, still.code(refused)) == (403, 403210)
    still.credentials["access_token"] = "paper-token"
    headers = changed(still, **{"x-papertrading": "true"})
    still.data(still.send("GET", "/v1/asset/account", b"", headers))


def test_a_refreshed_token_is_another_key_to_the_same_account():
    """The old one goes on to work, or not, as set."""
    for old_token in (True, False):
        still = Still(old_token=old_token)
        data = still.get("/v1/token/refresh", expired_at="2027-02-01T00:00:00Z")
        fresh, old = data["token"], still.credentials["access_token"]
        still.credentials["access_token"] = fresh
        still.get("/v1/asset/account")
        still.credentials["access_token"] = old
        code = still.code(still.ask("GET", "/v1/asset/account"))
        assert code == (0 if old_token else 401003)


def test_one_time_passwords_come_with_limit_and_online():
    """On both paths."""
    still = Still()
    for path in ("/v1/socket/token", "/v2/socket/token"):
        data = still.get(path)
        assert (data["limit"], data["online"]) == (10, 0)
        assert isinstance(data["otp"], str)
