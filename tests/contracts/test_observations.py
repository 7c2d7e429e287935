"""Every store keeps the contract of the port to what is seen of event types."""

from __future__ import annotations

from sojourn.testing import ObservationsContract


class TestObservations(ObservationsContract):
    """Over the stores of the fixture."""
