"""An actor whose import never ends, so that its process never says hello."""

import threading

threading.Event().wait()


async def run(_context: object) -> None:
    """Never reached."""
