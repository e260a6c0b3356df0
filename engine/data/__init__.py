"""Market data at rest and in the making: bars, recording, replay."""
