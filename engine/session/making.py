"""Puts a session's driver together: the stream and the HTTP side that a venue declares."""

import random
from collections.abc import Callable

from engine.clock import Clock
from engine.session.backoff import Backoff
from engine.session.contract import SessionProtocol, Target
from engine.session.declaration import Venue
from engine.session.driver import SessionDriver, SessionSink
from engine.session.feeds import Feed
from engine.session.http import HttpDriver, HttpOptions
from engine.session.nostream import NoStream
from engine.session.stream import OpenStream, StreamHandler, VenueStream
from engine.session.tcp import TCP_SCHEME, TcpOptions, tcp_opener
from engine.session.websocket import WebSocketOptions, websocket_opener


def make_driver(
    venue: Venue,
    venue_settings: object,
    protocol: SessionProtocol,
    *,
    plain: bool,
    backoff: Backoff,
    clock: Clock,
    sink: SessionSink,
    feed: Feed | None = None,
    passing: Callable[[str], None] | None = None,
) -> SessionDriver:
    """The driver of one session.

    Args:
        venue: declares the base URL of its HTTP API, if it has one, and its rate budgets.
        venue_settings: the venue's own, structured.
        protocol: what is driven.
        plain: permits connections without encryption, to loopback only.
        backoff: waits between two connections.
        clock: the only clock.
        sink: where the session's news go.
        feed: of a data session; its HTTP API may be another than the venue's.
        passing: see `HttpOptions`.
    """
    own = None if feed is None else feed.http_base_url
    base_url = (own or venue.http_base_url)(venue_settings)
    http = None
    if base_url:
        options = HttpOptions(plain_allowed=plain, passing=passing)
        http = HttpDriver(base_url, venue.budgets_of(venue_settings), clock=clock, options=options)
    return SessionDriver(
        protocol,
        open_stream=stream_opener(plain=plain),
        http=http,
        backoff=backoff,
        clock=clock,
        rng=random.SystemRandom(),
        sink=sink,
    )


def stream_opener(*, plain: bool) -> OpenStream:
    """TCP for `tcp://` targets, a WebSocket for other URLs; without one a session lives by HTTP alone.

    Args:
        plain: permits connections without encryption, to loopback only.
    """
    websocket = websocket_opener(WebSocketOptions(plain_allowed=plain))
    tcp = tcp_opener(TcpOptions(plain_allowed=plain))

    def open_stream(target: Target, handler: StreamHandler) -> VenueStream:
        if not target.url:
            return NoStream(target, handler)
        opener = tcp if target.url.startswith(TCP_SCHEME) else websocket
        return opener(target, handler)

    return open_stream
