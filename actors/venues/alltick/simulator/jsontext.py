"""JSON as AllTick speaks it: ASCII goes out, so that whatever a client has us echo can be sent."""

from typing import Final

from engine.simulator.jsontext import JsonText

_text: Final = JsonText(chars_max=1 << 20, exact=False, ascii_only=True)
"""3,000 codes, the most a plan allows on one connection, are far below the bound."""
dumps: Final = _text.dumps
loads: Final = _text.loads
