"""`python -m engine.drill.checkers.digest FILE COUNT`: the fingerprint of the state a journal leads to.

Only the first `COUNT` records count: an engine may be writing more of them meanwhile.
"""

import sys
from itertools import islice
from pathlib import Path

from engine.drill.checkers.replaying import digest_of
from engine.journal import Chain
from engine.orders.records import from_bytes


def main(file: str, count: str) -> None:
    """Read the journal, fold it, print."""
    with Chain(Path(file)) as records:
        first = islice(records, int(count))
        sys.stdout.write(digest_of(from_bytes(record.body) for record in first) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
