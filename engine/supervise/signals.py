"""Signals to the supervisor: the first asks for an orderly stop, a second one for a fast one."""

import signal

import trio

from engine.supervise.supervisor import Supervisor


async def stop_on_signals(
    supervisor: Supervisor, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Turn SIGINT and SIGTERM into stop requests until cancelled. Start it with `nursery.start`."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for number in signals:
            name = signal.Signals(number).name
            supervisor.request_stop(name, fast=supervisor.stopping)
