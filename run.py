"""Pitboss: `python run.py` shows it work; `python run.py --help` lists everything else."""

import sys

from actors.command.app import main
from actors.command.exits import leave

if __name__ == "__main__":
    leave(main(sys.argv[1:]))
