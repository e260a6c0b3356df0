"""Supervision: the process tree as data, starting and ending processes, and knowing when to.

Pure parts: `specs`, `placeholders`, `render`, `intensity`, `heartbeat`, `verdict`, `shutdown`. Shells
around them: `spawn`, `child`, `supervisor`, `admin`. No parsing of venue data and no trading logic in
here: the supervisor must be the most boring process. Nothing is imported by default, because every
actor passes through this package at its start.
"""
