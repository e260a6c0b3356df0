"""What travels between processes: one file per conversation, and the codec they share.

A message is an attrs class with a tag; on the wire it is one msgpack array `[tag, field, …]`. New
fields mean a new tag, so an old reader refuses what it does not know instead of misreading it.
"""
