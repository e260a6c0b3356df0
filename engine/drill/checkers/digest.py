"""`python -m engine.drill.checkers.digest FILE`: print the fingerprint of the state a journal leads to."""

import sys
from pathlib import Path

from engine.drill.checkers.replaying import digest_of
from engine.journal import Chain
from engine.orders.records import from_bytes


def main(file: str) -> None:
    """Read the journal, fold it, print."""
    with Chain(Path(file)) as records:
        sys.stdout.write(digest_of(from_bytes(record.body) for record in records) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
