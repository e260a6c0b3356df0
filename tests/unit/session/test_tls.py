"""TLS towards venues with certificates that are right and wrong (F-32); needs the openssl command."""

import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager

import pytest
import trio

from engine.clock import SystemClock
from engine.errors import ConnectFailed, ConnectionLost
from engine.session.contract import HttpCall, Target
from engine.session.http import HttpDriver, HttpOptions
from engine.session.tls import verifying_context
from engine.session.websocket import WebSocketOptions, websocket_opener
from tests.kit.rawserver import RawPeer, frame
from tests.kit.waiting import deadline_s, until

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command")


class Handler:
    def __init__(self):
        self.events = []

    def stream_opened(self):
        self.events.append("opened")

    def stream_received(self, messages):
        self.events += messages


class Outcomes:
    def __init__(self):
        self.all = []

    def call_answered(self, _call_id, response):
        self.all.append(response)

    def call_failed(self, _call_id, failure):
        self.all.append(failure)


def certificate(folder, name, *, days="30"):
    """A self-signed certificate for a name; key and certificate in one file."""
    names, key = folder / "names", folder / "key"
    names.write_text(f"subjectAltName={name}\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    openssl(
        "req", "-new", "-nodes", *curve, "-subj", "/CN=x", "-keyout", key, "-out", folder / "csr"
    )
    signing = ["-req", "-in", folder / "csr", "-signkey", key, "-extfile", names]
    openssl("x509", *signing, "-days", days, "-out", folder / "crt")
    both = folder / "both.pem"
    both.write_text(key.read_text() + (folder / "crt").read_text())
    return both


def openssl(*arguments):
    command = ["openssl", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), "DNS:venue.example")


@pytest.fixture(scope="module")
def expired(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1", days="-1")


def trusting(path):
    """Verification as always, with this one authority."""
    return ssl.create_default_context(cafile=path)


@asynccontextmanager
async def tls_server(path, handler):
    """Like `raw_server`, with TLS; handshakes that fail end quietly."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)

    async def serve(stream):
        secure = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
        try:
            await handler(RawPeer(secure))
        except (trio.BrokenResourceError, EOFError):
            pass
        finally:
            await trio.aclose_forcefully(secure)

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def end_of(port, context, handler=None):
    options = WebSocketOptions(connect_timeout_s=deadline_s(5), ssl_context=context)
    stream = websocket_opener(options)(Target(f"wss://127.0.0.1:{port}/"), handler or Handler())
    with trio.fail_after(deadline_s(10)):
        return await stream.run()


async def one_frame_and_gone(peer):
    """Ends the TCP connection without a closing word of TLS or WebSocket."""
    await peer.open()
    await peer.send(frame("secret"))


async def test_a_trusted_venue_is_spoken_to_and_a_truncation_is_a_loss(good):
    """With the right certificate data flows; an end without close frame is never taken for orderly."""
    async with tls_server(good, one_frame_and_gone) as port:
        handler = Handler()
        end = await end_of(port, trusting(good), handler)
    assert handler.events == ["opened", "secret"]
    assert isinstance(end.error, ConnectionLost)


async def refused(path, context):
    requests = []

    async def server(peer):
        requests.append(await peer.read_request())

    async with tls_server(path, server) as port:
        end = await end_of(port, context)
        driver = HttpDriver(
            f"https://127.0.0.1:{port}",
            [],
            clock=SystemClock(),
            options=HttpOptions(ssl_context=context),
        )
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(driver.run, outcomes)
            driver.start(HttpCall(call_id=1, method="GET", path="/", timeout_s=deadline_s(5)))
            await until(lambda: outcomes.all)
            nursery.cancel_scope.cancel()
    assert requests == []
    assert isinstance(end.error, ConnectFailed)
    assert outcomes.all[0].not_sent
    return str(end.error)


async def test_an_unknown_authority_is_refused(good):
    """A self-signed certificate is refused with the reason; no request leaves."""
    assert "certificate verify failed" in await refused(good, verifying_context())


async def test_another_hosts_certificate_is_refused(elsewhere):
    """A trusted certificate for another host is refused."""
    reason = await refused(elsewhere, trusting(elsewhere))
    assert "127.0.0.1" in reason


async def test_an_expired_certificate_is_refused(expired):
    """A certificate past its end is refused, trusted or not."""
    assert "expired" in await refused(expired, trusting(expired))
