"""All scenarios: importing their modules registers them."""

from . import before_request, closings, compression, flows, framings, handshakes, repeats
from .registry import Choice, choose, listing

__all__ = ["Choice", "choose", "listing",
           "before_request", "closings", "compression", "flows", "framings", "handshakes", "repeats"]
