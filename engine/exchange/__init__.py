"""The exchange behind every venue simulator: matching, accounts and market feeds, all pure."""
