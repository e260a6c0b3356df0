"""Signals to the supervisor: the first asks for an orderly stop, a second Ctrl-C for a fast one.

SIGUSR1 pulls the kill switch and stops nothing: for whoever has no terminal on the engine's host but
can send a signal (a service manager, a container's runtime).
"""

import os
import signal

import trio

from engine.errors import EngineError
from engine.supervise.supervisor import Ended, Supervisor


async def stop_on_signals(
    supervisor: Supervisor, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into stop requests, SIGUSR1 into a kill, until cancelled.

    Start it with `nursery.start`.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
    with trio.open_signal_receiver(*numbers) as signals:
        task_status.started()
        async for number in signals:
            name = signal.Signals(number).name
            if number == signal.SIGUSR1:
                supervisor.pull_kill_switch(f"{name} to process {os.getpid()}")
                continue
            fast = supervisor.stopping and number == signal.SIGINT
            supervisor.request_stop(name, fast=fast)


async def run_until_stopped(
    supervisor: Supervisor, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> Ended:
    """Run the supervisor with its signals, and raise what it raises as it is, in no group.

    Raises:
        RunDirectoryBusy: another supervisor owns the run directory.
        ConfigError: the run directory cannot be used.
    """
    ended: Ended | EngineError
    async with trio.open_nursery() as nursery:
        await nursery.start(stop_on_signals, supervisor)
        try:
            ended = await supervisor.run(task_status=task_status)
        except EngineError as error:
            ended = error
        nursery.cancel_scope.cancel()
    if isinstance(ended, EngineError):
        raise ended
    return ended
