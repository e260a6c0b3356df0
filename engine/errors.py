"""The error taxonomy: whose fault it is, and whether the outcome of a request is known.

Every exception that leaves a module of ours is one of these, so that an actor can decide by class
alone. The tree:

- EngineError (abstract)
  - ConfigError            ours, at start; nothing was sent; exit code 78, never restarted
  - InvariantViolation     ours; outcome unknown; crash the process
  - LocalProtocolError     ours: asked a protocol for something illegal; not sent
  - RemoteProtocolError    the peer broke its protocol; what is pending becomes unknown
  - LimitExceeded          size, depth, rate or count beyond a named bound
  - TransportError         the environment
    - ConnectFailed        nothing was sent
    - ConnectionLost       what is pending becomes unknown
    - PeerSilent           what is pending becomes unknown
  - AuthError              ours or the venue's; not accepted
    - CredentialsRejected  stop, no retry (lock-out danger), alert
    - TokenExpired         refresh once
    - PermissionMissing    stop what needs it
  - VenueRefusal           known: refused, with the venue's code and text
  - OutcomeUnknown         unknown by definition; reconcile, never resend blindly
  - JournalError           the journal cannot take or give records
    - JournalFull          no space: stop taking orders, cancels still pass
    - JournalCorrupt       damage in the middle: refuse to trade
    - JournalBusy          another process holds it
  - BusError               between our own processes
    - UnknownPeer          nobody there; not sent
    - BusFull              the peer does not read; not sent
    - BadEnvelope          bytes that are not a message
    - StaleMessage         another boot's or expired
"""

from typing import NoReturn, Self


class EngineError(Exception):
    """Base of all errors of ours; never raised itself."""

    def __new__(cls, *args: object, **_kwargs: object) -> Self:
        """Refuse to build the abstract base."""
        if cls is EngineError:
            _refuse(cls)
        return super().__new__(cls, *args)


def _refuse(cls: type) -> NoReturn:
    raise TypeError(f"{cls.__name__} is abstract: raise one of its children")


class Problem:
    """One fault in a configuration: where it is, what it is, what to do about it.

    A path counts the entries of a list from 0; `name` is what the file calls the entry, if anything.
    """

    __slots__ = ("hint", "name", "path", "problem")

    def __init__(self, path: str, problem: str, hint: str = "", *, name: str = "") -> None:
        self.path = path
        self.problem = problem
        self.hint = hint
        self.name = name

    @property
    def where(self) -> str:
        """The path for people: `strategies[3] (es-cross).parameters`."""
        entry, bracket, rest = self.path.partition("]")
        return f"{entry}] ({self.name}){rest}" if bracket and self.name else self.path

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f" ({self.hint})" if self.hint else "")

    def __repr__(self) -> str:
        return f"Problem({self.path!r}, {self.problem!r}, {self.hint!r})"


class ConfigError(EngineError):
    """The configuration cannot be used; carries every problem found, not only the first."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class InvariantViolation(EngineError):
    """Something that must never be is: a bug of ours. The process ends and is restarted."""


class LocalProtocolError(EngineError):
    """A protocol object was asked to do something illegal: a bug of ours, nothing was sent."""


class RemoteProtocolError(EngineError):
    """The peer sent what its protocol does not allow; requests under way become unknown."""


class LimitExceeded(EngineError):
    """A size, depth, rate or count went beyond its named bound."""


class TransportError(EngineError):
    """The network or the host failed; abstract in practice, raised as one of its children."""


class ConnectFailed(TransportError):
    """No connection was made, so provably no byte was sent."""


class ConnectionLost(TransportError):
    """An open connection ended; requests under way become unknown."""


class PeerSilent(TransportError):
    """Connected, but the peer has said nothing for longer than its limit."""


class AuthError(EngineError):
    """The venue does not accept who we are."""


class CredentialsRejected(AuthError):
    """The credentials are wrong: one attempt, then stop (accounts get locked)."""


class TokenExpired(AuthError):
    """A token ran out: refresh once."""


class PermissionMissing(AuthError):
    """The key may not do this."""


class VenueRefusal(EngineError):
    """The venue answered no: the outcome is known."""

    def __init__(self, code: str, text: str, request_id: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.request_id = request_id


class OutcomeUnknown(EngineError):
    """A request may or may not have reached the venue; only evidence may settle it."""

    def __init__(self, request_id: str, *, bytes_handed_over: bool) -> None:
        super().__init__(f"outcome of {request_id} is unknown")
        self.request_id = request_id
        self.bytes_handed_over = bytes_handed_over


class JournalError(EngineError):
    """The journal could not take or give records; after a failed sync it takes none any more."""


class JournalFull(JournalError):
    """No space left: the record was not written and nothing half-written stays."""


class JournalCorrupt(JournalError):
    """Damage in the middle of the journal; `offset` is the first bad byte."""

    def __init__(self, message: str, *, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class JournalBusy(JournalError):
    """Another process holds the journal."""


class BusError(EngineError):
    """Between our own processes."""


class UnknownPeer(BusError):
    """Nobody is connected under that identity; the message was not sent."""


class BusFull(BusError):
    """The peer does not read fast enough; the message was not sent."""


class BadEnvelope(BusError):
    """Bytes that are not exactly one known message."""


class StaleMessage(BusError):
    """A message of another boot, or past its expiry."""
