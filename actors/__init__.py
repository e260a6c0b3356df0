"""One file per kind of process; each exports `run(context)` and is started by the supervisor by name."""
