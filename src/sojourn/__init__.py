"""Sojourn, a customer data platform: whose event is it, and what do we know of them?"""

__all__ = ["__version__"]

__version__ = "0.1.0"
