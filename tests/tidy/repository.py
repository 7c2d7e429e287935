"""The repository as its own tests see it: its files, its modules, the targets of its Makefile."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "sojourn"
UNREADABLE = {".gz", ".ico", ".jpg", ".parquet", ".png", ".sqlite", ".woff2", ".zip"}


def files() -> list[Path]:
    """Every file that is tracked, or would be with the next commit."""
    listing = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in sorted(set(names)) if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """The name and the text of every file that people read."""
    for path in files():
        if path.suffix not in UNREADABLE:
            yield str(path.relative_to(ROOT)), path.read_text(errors="replace")


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    """The name, the text and the syntax of every module of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text()
        yield str(path.relative_to(ROOT)), text, ast.parse(text)


def make_targets() -> dict[str, str]:
    """What one can say to make, each with its line of help; a target without one has an empty line."""
    found = re.findall(r"^([a-z][a-z-]*):(?!=)([^\n]*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {name: rest.partition("## ")[2].strip() for name, rest in found}
