"""Drills: fault schedules, invariants as checkers, simulations; nothing here runs in an engine."""
