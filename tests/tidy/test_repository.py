"""Rules about the repository as a whole: its documents, its commands, its settings."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

from tests.tidy.repository import PACKAGE, ROOT, make_targets, modules, texts

ADR = ROOT / "docs" / "adr"
ADR_PARTS = (
    "\nState: ",
    "\n## Context\n",
    "\n## Decision\n",
    "\n## Consequences\n",
    "\n## What would change our mind\n",
)
HOMES = re.compile(r"(?<![\w.:/-])/(home|root|Users)/\w|[A-Z]:\\Users\\")
REGISTRIES = re.compile(r"registry\.[a-z.]+/|files\.[a-z]+hosted\.org|://[a-z.]*(pypi|npmjs|debian)\.org")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+]+")
CODE_LINE = re.compile(r'^\s*"([A-Z]+\d*)",(.*)$', re.MULTILINE)
WAIVER = re.compile(r"#\s*(?:noqa:\s*[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*|type:\s*ignore\[[^\]]*\])")


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    here = str(ROOT) if len(ROOT.parts) > 2 else "\0"
    assert [name for name, text in texts() if HOMES.search(text) or here in text] == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert [name for name, text in texts() if REGISTRIES.search(text)] == []


def test_every_decision_is_in_the_index() -> None:
    index = (ADR / "README.md").read_text()
    assert [path.name for path in sorted(ADR.glob("[0-9]*.md")) if f"]({path.name})" not in index] == []


def test_every_decision_has_its_number_and_its_parts() -> None:
    pages = sorted(ADR.glob("[0-9]*.md"))
    assert [path.name[:4] for path in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for path in pages:
        text = path.read_text()
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        assert [part.strip() for part in ADR_PARTS if part not in text] == [], path.name


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for name, text in texts():
        if name.endswith(".md"):
            folder = (ROOT / name).parent
            targets = LINK.findall(FENCED.sub("", text))
            broken += [f"{name} -> {target}" for target in targets if not (folder / target).exists()]
    assert broken == []


def test_every_target_of_make_has_a_line_of_help() -> None:
    targets = make_targets()
    assert "help" in targets
    assert [name for name, line in targets.items() if not line] == []


def test_ci_calls_the_commands_that_the_readme_gives() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    said = set(re.findall(r"^make (\S+)$", script.read_text(), re.MULTILINE))
    assert said == {"check", "test"}


def test_the_contract_of_the_api_is_written_down() -> None:
    if (PACKAGE / "http" / "app.py").is_file():
        contract = json.loads((ROOT / "spec" / "openapi.json").read_text())
        assert contract["openapi"].startswith("3.1")


def test_every_rule_of_ruff_that_is_off_has_a_reason() -> None:
    settings = (ROOT / "pyproject.toml").read_text()
    switched_off = CODE_LINE.findall(settings)
    lint = tomllib.loads(settings)["tool"]["ruff"]["lint"]
    expected = len(lint["ignore"]) + sum(len(codes) for codes in lint["per-file-ignores"].values())
    assert len(switched_off) == expected, "one rule a line, so that each can have its reason"
    assert [code for code, rest in switched_off if len(rest.partition("#")[2].split()) < 3] == []


def test_every_rule_that_one_line_waives_has_a_reason_beside_it() -> None:
    bare = []
    for name, text, _ in modules():
        for number, line in enumerate(text.splitlines(), start=1):
            said = WAIVER.split(line)[1:]
            if said and len(" ".join(said).replace("#", " ").split()) < 2:
                bare.append(f"{name}:{number}")
    assert bare == []


def test_every_dependency_is_pinned_and_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [part for extra in project["optional-dependencies"].values() for part in extra]
    names = {re.split(r"[<>=!~\[ ;]", part)[0] for part in wanted}
    explained = (ADR / "0007-dependencies.md").read_text()
    assert names - pinned() == set()
    assert [name for name in sorted(names) if not re.search(rf"[| ,]{re.escape(name)}[ ,|]", explained)] == []


def test_every_line_of_the_constraints_is_a_plain_pin() -> None:
    assert [line for line in constraint_lines() if not PIN.fullmatch(line)] == []


def constraint_lines() -> list[str]:
    """What constraints.txt says beside its comments."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pinned() -> set[str]:
    """The names in constraints.txt, as pyproject.toml would spell them."""
    return {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in constraint_lines()}


def test_the_version_has_one_home() -> None:
    version = re.search(r'^__version__ = "(.+)"$', (PACKAGE / "__init__.py").read_text(), re.MULTILINE)
    assert version is not None
    held_by = [name for name, text in texts() if f'"{version[1]}"' in text and Path(name).suffix in {".py", ".toml"}]
    assert held_by == ["src/sojourn/__init__.py"]
