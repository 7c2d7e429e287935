"""The commands that a document tells people to type."""

from __future__ import annotations

import re
from pathlib import Path

BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    """The texts of the fenced blocks in one language, in their order."""
    return [found["text"] for found in BLOCK.finditer(document.read_text()) if found["language"] == language]


def commands(document: Path) -> list[str]:
    """Every command in the `sh` blocks of a document, comments left out and continued lines joined."""
    joined = "".join(blocks(document, "sh")).replace("\\\n", " ")
    lines = (line.strip().removeprefix("$ ") for line in joined.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
