"""The vocabulary of trading: values that every conversation, venue and strategy share.

Names are FIX's where it has a word. Measurements (quotes, trades, books, bars) are floats and live in
`engine.messages.market`; commitments (orders, fills, positions, increments) are Decimals.
"""
