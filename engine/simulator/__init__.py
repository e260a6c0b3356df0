"""What the simulators of all venues stand on: how a server serves and errs, nothing of any venue.

The modules are pieces, not a framework: a venue's simulator takes what fits and keeps its own protocol,
market and rules in its folder. Only simulators import from here. A client that did would share code
with the server that tests it.
"""
