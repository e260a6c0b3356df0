"""Golden bytes of every message: what any release on the wire looks like, byte by byte.

Regenerate after an intended change of the protocol: `python -m tests.kit.golden`.
"""

import json
from pathlib import Path

from engine.messages.codec import encode
from tests.kit.messages import engine_kinds, example

PATH = Path(__file__).parent.parent / "golden" / "messages.json"


def current() -> dict[str, str]:
    """Hex of the example message of every class, by tag and name."""
    return {
        f"{kind.tag} {kind.cls.__name__}": encode(example(kind)).hex() for kind in engine_kinds()
    }


def stored() -> dict[str, str]:
    """What the file says."""
    return dict(json.loads(PATH.read_text()))


def main() -> None:
    """Write the file."""
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(current(), indent=1) + "\n")


if __name__ == "__main__":
    main()
