"""The paper venue: our orders matched against the live market, without any connection to a venue."""

from engine.paper.records import Answer, news_of, to_bytes
from engine.paper.rules import PaperRules
from engine.paper.venue import PaperVenue

__all__ = ["Answer", "PaperRules", "PaperVenue", "news_of", "to_bytes"]
