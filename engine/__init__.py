"""The engine: everything that knows neither a venue nor a strategy by name."""
