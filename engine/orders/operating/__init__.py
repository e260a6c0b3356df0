"""What an operator may ask of the router and do with it: one desk per concept.

`questions` read; the others offer verbs. A verb first finds out what it would do (`acting.Plan`), which
is all that a dry run does, and then does it, recorded with who, what, why and what came of it.
"""
