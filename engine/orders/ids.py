"""Client order ids: unique over restarts, clocks and installations, within what the venue accepts.

An id is three counted parts of fixed width, so ids sort in the order in which they were made: a salt
of the journal (drawn once, with its first boot), the router's boot number (the journal counts them)
and a counter within the boot. No clock is involved.
"""

import string
from collections.abc import Iterable

import attrs

from engine.errors import ConfigError, LimitExceeded, Problem
from engine.session.declaration import ClientOrderIdRule

COUNTER_WANTED = 10**8
"""Orders in one boot; three years at one per second."""
COUNTER_LEAST = 10**6
BOOTS_WANTED = 10**5
"""Boots of one journal; one each hour for eleven years."""
BOOTS_LEAST = 10**4
SALT_WANTED = 10**9
"""Journals on one account without a likely collision."""

_ALPHABETS = (
    string.digits + string.ascii_lowercase,
    string.digits + string.ascii_uppercase,
    string.digits,
)


@attrs.frozen(kw_only=True)
class IdScheme:
    """How ids look at one venue; made by `id_scheme`. `alphabet` is in ascending order."""

    alphabet: str
    salt_width: int
    boot_width: int
    counter_width: int

    @property
    def length(self) -> int:
        """Characters of every id."""
        return self.salt_width + self.boot_width + self.counter_width

    def prefix(self, salt: int, boot_number: int) -> str:
        """What all ids of one boot begin with; LimitExceeded when boot numbers have run out."""
        salted = _written(
            _leading(salt, len(self.alphabet), self.salt_width), self.salt_width, self
        )
        return salted + _written(boot_number, self.boot_width, self)

    def make(self, prefix: str, counter: int) -> str:
        """The id with this number; LimitExceeded when the numbers of the boot have run out."""
        return prefix + _written(counter, self.counter_width, self)

    def salt_of(self, client_order_id: str) -> str:
        """The salt of an id that this scheme can have made; empty for any other.

        Ids of others may look like ours: the numbers of boot and order must be plausible as well.
        """
        if len(client_order_id) != self.length or not set(client_order_id) <= set(self.alphabet):
            return ""
        boot_at, counter_at = self.salt_width, self.salt_width + self.boot_width
        salt = client_order_id[:boot_at]
        boot = _read(client_order_id[boot_at:counter_at], self)
        counter = _read(client_order_id[counter_at:], self)
        plausible = 1 <= boot <= BOOTS_WANTED and counter <= COUNTER_WANTED
        return salt if plausible and salt[0] != self.alphabet[0] else ""


def _leading(salt: int, base: int, width: int) -> int:
    """The salt without leading zeros: a venue that reads ids as numbers gives them back unchanged."""
    least = base ** (width - 1)
    return int(least + salt % (base**width - least))


def _written(number: int, width: int, scheme: IdScheme) -> str:
    base, alphabet = len(scheme.alphabet), scheme.alphabet
    digits: list[str] = []
    while number and len(digits) < width:
        number, digit = divmod(number, base)
        digits.append(alphabet[digit])
    if number:
        raise LimitExceeded(f"client order ids of {scheme.length} characters have run out")
    return "".join(reversed(digits)).rjust(width, alphabet[0])


def _read(digits: str, scheme: IdScheme) -> int:
    number = 0
    for digit in digits:
        number = number * len(scheme.alphabet) + scheme.alphabet.index(digit)
    return number


def id_scheme(rule: ClientOrderIdRule) -> IdScheme:
    """The widest scheme that fits the rule, in the plainest alphabet the venue takes.

    Raises:
        ConfigError: when the rule leaves no room for unique ids.
    """
    alphabet = _alphabet(rule.alphabet)
    base = len(alphabet)
    for boots, counters in ((BOOTS_WANTED, COUNTER_WANTED), (BOOTS_LEAST, COUNTER_LEAST)):
        boot, counter = _width(boots, base), _width(counters, base)
        room = rule.length_max - boot - counter
        if room > 0:
            salt = min(room, _width(SALT_WANTED, base))
            return IdScheme(
                alphabet=alphabet, salt_width=salt, boot_width=boot, counter_width=counter
            )
    raise ConfigError(
        Problem(
            "client_order_id",
            f"{rule.length_max} characters of {base} are too few for unique ids",
            "the venue package must declare a longer id or a larger alphabet",
        )
    )


def _alphabet(allowed: str) -> str:
    for alphabet in _ALPHABETS:
        if set(alphabet) <= set(allowed):
            return alphabet
    return "".join(_sorted_letters(allowed))


def _sorted_letters(allowed: str) -> Iterable[str]:
    letters = sorted({each for each in allowed if each.isascii() and each.isalnum()})
    if len(letters) < 2:
        raise ConfigError(
            Problem("client_order_id.alphabet", f"{allowed!r} has fewer than two letters or digits")
        )
    return letters


def _width(count: int, base: int) -> int:
    width = 1
    while base**width < count:
        width += 1
    return width
