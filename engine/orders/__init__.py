"""Orders from intent to final fill: pure, journaled, recoverable.

All money state is a fold over journal records (`records`, `book`); decisions look at it, write a
record, and apply it. `router.RouterCore` is the whole of it behind one object.
"""
