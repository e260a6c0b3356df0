"""The conformance battery: what every venue package must show, ours and those of others.

`battery` takes a venue package and runs the numbered cases that apply to it (T-040 to T-055): pure ones
against the protocol objects, the others over real sockets against the venue's own simulator. A venue
says in `conformance.py` of its folder (`declared.Conformance`) what the battery cannot know; what it
declares no means for is skipped, with the reason. Shipped with the engine, so that whoever writes a
venue can run it: `python run.py venues check NAME`.
"""
