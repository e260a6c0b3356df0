"""The kill file: a trigger that needs nobody who listens, for when nothing else answers.

Whoever can write into the run directory can pull the kill switch by it: a person with `touch`, the
supervisor for a signal or a router that it gave up. The router looks for it several times a second.
"""

from pathlib import Path

from engine.supervise.rundir import KILL_NAME

WORDS_MAX = 200
"""Of the file's content that are read as its reason."""


class KillFile:
    """The file in one run directory.

    Attributes:
        path: where it is looked for.
        seen: whether it was there at the last look.
    """

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / KILL_NAME
        self.seen = False

    def look(self) -> str:
        """Why to kill, once per appearance; empty when it is not there or was seen before."""
        before, self.seen = self.seen, self.path.exists()
        if not self.seen or before:
            return ""
        words = self._words()
        return f"the file {KILL_NAME} appeared{words and f': {words}'}"

    def _words(self) -> str:
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                return file.read(WORDS_MAX).strip()
        except OSError:
            return ""

    def put_away(self) -> str:
        """A person has armed the engine: it must not be killed again at the next start.

        Returns why the file stays, empty when it does not.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            return str(error)
        return ""
