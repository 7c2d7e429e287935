"""How the code of the package is cut: names, lengths, docstrings, and the list of steps."""

from __future__ import annotations

import ast
import re

from tests.tidy.repository import PACKAGE, ROOT, modules, texts

VAGUE = {"base", "common", "helper", "helpers", "manager", "misc", "service", "services", "shared", "util", "utils"}
FUNCTION_LINES_MAX = 60
CORE_FUNCTION_LINES_MAX = 30
MODULE_LINES_MAX = 400
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|not implemented", re.IGNORECASE)
SHIPPED = ("src/", "console/src/", "sdk/")


def test_every_module_has_a_name_that_tells() -> None:
    vague = [name for name, _, _ in modules() if VAGUE & set(re.split(r"[/_.]", name.removesuffix(".py")))]
    assert vague == []


def test_every_module_says_what_it_is() -> None:
    assert [name for name, _, tree in modules() if not ast.get_docstring(tree)] == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_function_fits_a_screen() -> None:
    too_long = []
    for name, _, tree in modules():
        lines_max = CORE_FUNCTION_LINES_MAX if name.startswith("src/sojourn/core/") else FUNCTION_LINES_MAX
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > lines_max:
                    too_long.append(f"{name}: {node.name} has {lines} lines, {lines_max} are the most")
    assert too_long == []


def test_every_module_is_one_idea() -> None:
    lengths = {name: len(text.splitlines()) for name, text, _ in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MAX} == {}


def test_nothing_that_ships_is_unfinished() -> None:
    found = []
    for name, text in texts():
        if name.startswith(SHIPPED):
            lines = enumerate(text.splitlines(), start=1)
            found += [f"{name}:{number}" for number, line in lines if UNFINISHED.search(line)]
    assert found == []


def test_the_pipeline_lists_every_step_once() -> None:
    files = sorted(path.stem for path in (PACKAGE / "core" / "steps").glob("*.py") if path.stem != "__init__")
    pipeline = PACKAGE / "core" / "pipeline.py"
    listed = steps_listed_in(ast.parse(pipeline.read_text())) if pipeline.is_file() else []
    assert sorted(listed) == files


def steps_listed_in(pipeline: ast.Module) -> list[str]:
    """The modules of `core/steps/` whose names stand in the tuple STEPS, in its order."""
    step_of_name = {}
    for node in ast.walk(pipeline):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sojourn.core.steps"):
            for alias in node.names:
                step = (node.module or "").removeprefix("sojourn.core.steps").lstrip(".") or alias.name
                step_of_name[alias.asname or alias.name] = step
    for node in pipeline.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "STEPS" for target in targets):
            names = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in step_of_name]
            in_order = sorted(names, key=lambda part: (part.lineno, part.col_offset))
            return [step_of_name[part.id] for part in in_order]
    return []
