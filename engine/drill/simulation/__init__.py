"""A whole engine in one process on a made-up clock, where one seed decides everything.

The router's core, the journal, the sessions' order side and the strategies' blotters are the real
ones; sockets, disk, venue, clocks and the plugins' wishes are models that one random generator
drives. What goes wrong here goes wrong again with the same seed, to the byte.
"""

from engine.drill.simulation.run import Outcome, simulate

__all__ = ["Outcome", "simulate"]
