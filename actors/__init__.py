"""One file per kind of process; each exports `run(context)` and is started by the supervisor by name."""

import gc

GC_THRESHOLDS = (20_000, 20, 20)
"""Messages make and drop many objects but no cycles, so looking for cycles every 700 objects (the
interpreter's default) finds nothing and costs the order path its caches. Imports make what stays,
and to look through it again and again is for nothing as well."""

gc.set_threshold(*GC_THRESHOLDS)  # in every process of ours, from its first import on
