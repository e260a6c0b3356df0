"""Drills: fault schedules, invariants as checkers, simulations.

A running engine imports `faultpoints` and `disk` only, which do nothing unless a drill's harness
started the process.
"""
