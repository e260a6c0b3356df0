"""Configuration: TOML files to checked values, with every problem reported at once.

`load` reads a file into `EngineSettings`, `examine` also one with faults; secrets come in by
reference only. What a venue or a strategy adds of its own (settings, parameters) is structured by its
own attrs class, with the same reporting.
"""

from engine.settings.loader import Examined, examine, examine_text, load, load_text
from engine.settings.model import (
    CredentialsReference,
    EngineSection,
    EngineSettings,
    LiveSection,
    PaperSection,
    SimulatorSection,
    StrategySection,
    VenueSection,
)
from engine.settings.secrets import Secret, read_credentials

__all__ = [
    "CredentialsReference",
    "EngineSection",
    "EngineSettings",
    "Examined",
    "LiveSection",
    "PaperSection",
    "Secret",
    "SimulatorSection",
    "StrategySection",
    "VenueSection",
    "examine",
    "examine_text",
    "load",
    "load_text",
    "read_credentials",
]
