"""The floor: three hops between three processes with plain blocking pyzmq and ready-made bytes.

No trio, no codec, no checks, no journal, no encryption: what is left is what ZeroMQ and the kernel
cost. Run as `python -m benchmarks.floor relay IN OUT` it is one of the relays.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import attrs
import zmq

WARM_UP = 200
PAYLOAD_BYTES = 100
ANSWER_MS_MAX = 10_000


@attrs.frozen
class Floor:
    """Round trip over three hops, in microseconds."""

    p50_us: float
    p99_us: float
    count: int


def measure(rate_hz: float, count: int) -> Floor:
    """Send `count` messages through the ring at `rate_hz` and time each until it is back."""
    with tempfile.TemporaryDirectory(prefix="pb-") as folder:
        hops = [f"ipc://{Path(folder) / name}" for name in ("a", "b", "c")]
        relays = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.floor", "relay", hops[i], hops[i + 1]]
            )
            for i in range(2)
        ]
        try:
            return _ring(hops[0], hops[2], rate_hz, count)
        finally:
            for relay in relays:
                relay.kill()
                relay.wait()


def _ring(first: str, last: str, rate_hz: float, count: int) -> Floor:
    context = zmq.Context()
    context.linger = 0
    out, back = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    back.rcvtimeo = ANSWER_MS_MAX
    out.connect(first)
    back.bind(last)
    payload = bytes(PAYLOAD_BYTES)
    for _ in range(WARM_UP):
        out.send(payload)
        back.recv()
    times_ns = []
    due = time.perf_counter_ns()
    for _ in range(count):
        due += int(1e9 / rate_hz)
        pause_ns = due - time.perf_counter_ns()
        if pause_ns > 0:
            time.sleep(pause_ns / 1e9)
        start = time.perf_counter_ns()
        out.send(payload)
        back.recv()
        times_ns.append(time.perf_counter_ns() - start)
    context.destroy(linger=0)
    cuts = statistics.quantiles(times_ns, n=100)
    return Floor(statistics.median(times_ns) / 1e3, cuts[98] / 1e3, count)


def relay(source: str, target: str) -> None:
    """Pass every message on until killed."""
    context = zmq.Context()
    inbound, outbound = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    inbound.bind(source)
    outbound.connect(target)
    while True:
        outbound.send(inbound.recv())


if __name__ == "__main__":
    if sys.argv[1:2] == ["relay"]:
        relay(sys.argv[2], sys.argv[3])
    print(measure(1000, 3000))
