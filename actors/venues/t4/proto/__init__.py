"""Protobuf messages of both directions; the modules here but this one are generated (see the README)."""
