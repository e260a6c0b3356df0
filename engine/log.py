"""structlog as everything here takes it: without rich, in which it would show tracebacks on a terminal.

Our records are lines of JSON (`engine.supervise.logs`).
"""

from engine.lean import without

with without("rich"):
    import structlog
    from structlog.typing import FilteringBoundLogger

__all__ = ["FilteringBoundLogger", "structlog"]
