"""The 35 rules of pre-trade risk and what carries out each: the table of `docs/risk.md`.

Rules that are controls are found in the controls' own descriptions; here stand those that are carried
out elsewhere, and those that nothing here can carry out.
"""

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "PT-01": "largest quantity of one order",
    "PT-02": "smallest quantity, whole lots, precision",
    "PT-03": "largest value of one order",
    "PT-04": "price collar of one order",
    "PT-05": "no fresh reference, no collar: no order",
    "PT-06": "price collar over a period",
    "PT-07": "sane prices",
    "PT-08": "market orders without protection",
    "PT-09": "value of all open orders",
    "PT-10": "largest position at worst",
    "PT-11": "number of open orders",
    "PT-12": "credit and free balance",
    "PT-13": "message rate",
    "PT-14": "repeated executions",
    "PT-15": "duplicate orders",
    "PT-16": "self match",
    "PT-17": "list of instruments",
    "PT-18": "authorised senders",
    "PT-19": "trading state",
    "PT-20": "stale data",
    "PT-21": "venue state",
    "PT-22": "session hours, settlement confirmation",
    "PT-23": "expiry and life time",
    "PT-24": "reduce-only",
    "PT-25": "what the venue cannot do",
    "PT-26": "loss of the day",
    "PT-27": "orders to fills",
    "PT-28": "all limits present",
    "PT-29": "change of a limit",
    "PT-30": "no way around the controls",
    "PT-31": "reports to surveillance at once",
    "PT-32": "agreement with the venue's records",
    "PT-33": "capacity",
    "PT-34": "dead code and flags",
    "PT-35": "parents and children",
}

ELSEWHERE: Mapping[str, str] = {
    "PT-14": "a fill that makes `max_executions` full halts the strategy (kill switch, by the router); "
    "only a person arms it, and then the window begins anew",
    "PT-18": "who speaks is known from its key; what does not fit the key is dropped, counted, unanswered",
    "PT-22": "`trading_hours` are the seam for calendars: a venue that has one sets the limit's value; what "
    "its definitions say (`tradeable`) is `known_instrument`; a settlement that must be confirmed first "
    "keeps the session from `ready`, so it is `venue_state`",
    "PT-23": "`order_life_s_max` cancels what is open too long; orders carry no expire time of their own "
    "(no `time_in_force` has one), so none can be in the past",
    "PT-26": "at each fill and four times a second: beyond `max_loss` the strategy (for the account's "
    "limit: the account) halts; nothing is flattened by itself",
    "PT-27": "four times a second: above `max_order_to_fill` the strategy halts, at four fifths it warns",
    "PT-28": "exit 78 naming each limit that is missing, before any process starts",
    "PT-29": "`limits set`: key, reason, both values on record, ends by itself, survives restarts",
    "PT-30": "only the router holds the keys of the sessions; a handshake without one is refused and alarmed",
    "PT-31": "fills and denials are in the journal before anything leaves; at four fifths of a limit on "
    "sums an alarm within a second, once for each crossing",
    "PT-32": "the comparison with the venue: differences block it and are alarmed (`docs/orders.md`)",
    "PT-33": "measured, not controlled: `benchmarks/`",
    "PT-34": "an unknown key in the configuration is refused with a guess; processes of different releases "
    "refuse each other by the fingerprint of their messages",
    "PT-35": "not applicable yet: there are no child orders, no actor slices one order into others; a "
    "strategy's fills are known to it from reports, and its position is limited by PT-10",
}
