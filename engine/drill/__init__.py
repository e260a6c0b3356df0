"""Drills: fault schedules, invariants as checkers, simulations.

A running engine imports `faultpoints`, `disk` and `notes`, which do nothing unless a drill's harness
started the process, and `witness` in venues of our own, which does nothing without a file to write.
"""
