"""The kill file: a trigger that needs nobody who listens, for when nothing else answers.

Whoever can write into the run directory can pull the kill switch by it: a person with `touch`, the
supervisor for a signal or a router that it gave up. The router looks for it several times a second.
"""

from pathlib import Path

from engine.supervise.rundir import KILL_NAME, pull_kill_switch

WORDS_MAX = 200
"""Of the file's content that are read as its reason."""


Identity = tuple[int, int]
"""Which file it is: its inode and when it was written (ns). Touching or replacing it makes another."""


class KillFile:
    """The file in one run directory.

    Attributes:
        path: where it is looked for.
        seen: which file was there at the last look; None when none was.
    """

    def __init__(self, run_dir: Path) -> None:
        self.path = run_dir / KILL_NAME
        self.seen: Identity | None = None

    def look(self) -> str:
        """Why to kill, once per appearance; empty when it is not there or was seen before.

        A file that takes the place of the one seen, or is touched again, is another appearance.
        """
        before, self.seen = self.seen, self._identity()
        if self.seen in (None, before):
            return ""
        words = self._words()
        return f"the file {KILL_NAME} appeared{words and f': {words}'}"

    def _identity(self) -> Identity | None:
        try:
            found = self.path.stat(follow_symlinks=False)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _words(self) -> str:
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                return file.read(WORDS_MAX).strip()
        except OSError:
            return ""

    def pull(self, reason: str) -> str:
        """Put it there for the next start, for a kill that no journal has; one that is there will do.

        It counts as seen. Returns why it could not be made, empty when it is there.
        """
        if self._identity() is not None:
            return ""
        try:
            pull_kill_switch(self.path.parent, reason)
        except OSError as error:
            return str(error)
        self.seen = self._identity()
        return ""

    def put_away(self) -> str:
        """A person has armed the engine: it must not be killed again at the next start.

        Only the file that was seen goes; another one is still to be acted on. Returns why the file
        stays, empty when it does not.
        """
        found = self._identity()
        if found is not None and found != self.seen:
            return "it is not the file that was there when the engine was armed"
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            return str(error)
        return ""
