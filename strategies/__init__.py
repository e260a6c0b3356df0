"""Example strategies; each file is one plugin."""
