"""The drill's harness: a simulated venue behind proxies, an engine that trades on it, and harm."""
