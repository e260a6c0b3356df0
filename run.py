"""Pitboss: `python run.py` shows it work; `python run.py --help` lists everything else."""

import sys

OURS = {"actors", "engine"}
USAGE = 64


def not_installed(missing: str) -> str:
    """What to do where this Python lacks a package that the project needs."""
    return (
        f"error: this Python ({sys.executable}) has no package {missing!r}: "
        "Pitboss is not installed in it\n"
        "  → use the environment it was installed in: . .venv/bin/activate "
        "(the README's first command makes one)\n"
    )


try:
    from actors.command.app import main
    from actors.command.exits import leave
except ModuleNotFoundError as error:
    package = (error.name or "").partition(".")[0]
    if package in OURS:
        raise
    sys.stderr.write(not_installed(package))
    sys.exit(USAGE)

if __name__ == "__main__":
    leave(main(sys.argv[1:]))
