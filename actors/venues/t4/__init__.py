"""T4 (futures of CME, ICE, Eurex and others through CTS): everything known of the venue."""
