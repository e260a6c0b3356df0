"""Arithmetic on money that never rounds, and the two places where rounding is allowed.

Python's default context rounds every product and sum to 28 digits, silently; sums kept by adding and
taking away would then drift from sums computed anew. Everything of the ledger and of exposure goes
through `EXACT`. Averages are quotients and must be rounded: to `AVERAGE_DIGITS`. What is shown or
travels is rounded to `SHOWN_PLACES`, the books are not.
"""

import decimal
from decimal import Decimal

EXACT_DIGITS = 200
"""Price, quantity and multiplier of 40 characters each multiply to 120 digits; the rest is for sums."""

AVERAGE_DIGITS = 18
"""More than any price has, few enough that an average times a quantity stays a readable number."""

SHOWN_PLACES = 12
"""Decimal places of amounts in messages and on screens."""

SHOWN_MAX = Decimal(10) ** 20
"""Amounts from here on are no money of any market; they are shown as this bound."""

_TRAPS = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]

EXACT = decimal.Context(prec=EXACT_DIGITS, traps=_TRAPS)
"""Adds, subtracts and multiplies without rounding; never divides."""

_AVERAGE = decimal.Context(prec=AVERAGE_DIGITS, traps=_TRAPS)
_SHOWN = Decimal(1).scaleb(-SHOWN_PLACES)

add = EXACT.add
subtract = EXACT.subtract
multiply = EXACT.multiply


def average(total: Decimal, parts: Decimal) -> Decimal:
    """`total / parts`, rounded half to even to `AVERAGE_DIGITS`."""
    return _AVERAGE.divide(total, parts)


def value_of(price: Decimal, quantity: Decimal, multiplier: Decimal) -> Decimal:
    """Exact value of `quantity` at `price`."""
    return multiply(multiply(price, quantity), multiplier)


def shown(amount: Decimal) -> Decimal:
    """The amount as it is shown: at most `SHOWN_PLACES` places, no trailing zeros."""
    if not -SHOWN_MAX < amount < SHOWN_MAX:
        return SHOWN_MAX.copy_sign(amount)
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -SHOWN_PLACES:
        amount = amount.quantize(_SHOWN, context=EXACT)
    return trimmed(amount)


def trimmed(amount: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: one text for one value."""
    if not amount:
        return Decimal(0)
    amount = amount.normalize(EXACT)
    exponent = amount.as_tuple().exponent
    return amount.quantize(Decimal(1), context=EXACT) if int(exponent) > 0 else amount
