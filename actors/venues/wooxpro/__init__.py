"""WOO X Pro (futures): everything that is known of the venue lives in this folder."""
