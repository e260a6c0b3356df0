"""Actors that do nothing, or misbehave in one named way."""
