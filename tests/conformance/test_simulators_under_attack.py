"""Bytes that no client sends end no venue's simulator: one process serves all of its clients.

A header of an upgrade that is not ASCII once ended the Longbridge simulator (and would have ended the
others): what the WebSocket library raises of it left through the server's nursery.
"""

import contextlib
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
import trio

from actors.venues import discover, module_of
from engine.conformance.package import package_of
from engine.conformance.stage import open_stage
from engine.session.endpoints import HOST, PORT
from tests.kit.waiting import TIME_FACTOR

PACKAGES = [package_of(module_of(name)) for name in discover()]

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ATTACKS = {
    "header that is not ASCII": UPGRADE.replace(b"tion: Upgrade", b"tion: Upgrad\x90\xf2"),
    "version that is none": UPGRADE.replace(b"Version: 13", b"Version: \xff"),
    "no key": UPGRADE.replace(b"Sec-WebSocket-Key", b"X-Key"),
    "no request": b"\x00\xff\r\n\r\n",
    "frame of 2**40 bytes": UPGRADE + b"\x82\xff" + (1 << 40).to_bytes(8, "big") + b"key ",
    "frame that is not masked": UPGRADE + b"\x82\x02hi",
}


def urls_of(endpoints: Mapping[str, str]) -> list[str]:
    """The endpoints as URLs; a pair of host and port is a gateway with a path for each session."""
    urls = [url for name, url in endpoints.items() if name not in (HOST, PORT)]
    if HOST in endpoints:
        gateway = f"ws://{endpoints[HOST]}:{endpoints[PORT]}"
        urls += [gateway + path for path in ("/market_data", "/trade")]
    return urls


def paths(url: str) -> list[bytes]:
    """The endpoint's own path and the root: they may lead to different parts of a server."""
    target = urlsplit(url)
    own = (target.path or "/") + (f"?{target.query}" if target.query else "")
    return [own.encode(), b"/"]


async def throw(url: str, data: bytes) -> bytes:
    """What the server says to these bytes, if anything."""
    target = urlsplit(url)
    stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
    async with stream:
        with contextlib.suppress(trio.BrokenResourceError):
            await stream.send_all(data)
            await stream.send_eof()
            with trio.move_on_after(0.2):
                return bytes(await stream.receive_some())
    return b""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
async def test_hostile_bytes_end_no_simulator(package):
    """After each attack on each WebSocket endpoint every endpoint still takes connections."""
    with trio.fail_after(60 * TIME_FACTOR):
        async with open_stage(package, patience=TIME_FACTOR) as stage:
            urls = urls_of(stage.running.endpoints)
            for url in (url for url in urls if url.startswith("ws")):
                for data in ATTACKS.values():
                    for path in paths(url):
                        await throw(url, data.replace(b"GET / ", b"GET " + path + b" "))
            for url in urls:
                await throw(url, b"")
