"""Pitboss: `python run.py` shows it work; `python run.py --help` lists everything else."""

import sys

from actors.command.app import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
