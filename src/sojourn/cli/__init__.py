"""What people type. Every command speaks the HTTP API, to a running server or to the data folder itself."""

from __future__ import annotations

from sojourn.cli.program import app, main

__all__ = ["app", "main"]
