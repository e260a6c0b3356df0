"""Pre-trade risk: limits, one pure function for each control, the kill switch."""
