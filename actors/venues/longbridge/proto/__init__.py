"""Protobuf messages of both gateways; the modules here but this one are generated (see the README)."""
