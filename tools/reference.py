"""Write the reference pages that the code itself can tell: commands, event types, fields, limits, outcomes, and so on.

`make reference` writes them; `--check` only says which of them are out of date. What stands on a page comes from the
values in the code and from the docstrings beside them, never from here.
"""

import argparse
import ast
import inspect
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from cyclopts import App, Argument
from cyclopts.help import format_usage
from msgspec import NODEFAULT, Struct
from msgspec.structs import asdict
from msgspec.structs import fields as struct_fields

from sojourn import config
from sojourn.builtin import FAMILIES, built_in_types
from sojourn.cli import app
from sojourn.cli.help import examples_in
from sojourn.config import Setting, Settings, known_settings
from sojourn.core import fields, identity, limits, outcomes, pipeline
from sojourn.core.fields import FIELDS, Field, Kind
from sojourn.core.identifiers import kinds, points
from sojourn.core.identifiers.junk import JUNK
from sojourn.core.identifiers.kinds import BUILT_IN_KINDS, IdKind, PeriodLimit
from sojourn.core.identifiers.points import IdentificationPoint, PointIdentifier
from sojourn.core.identity import Rule
from sojourn.core.limits import KIB, MIB, Limits, PayloadLimits, Rates, unit_of
from sojourn.core.mapping import operations
from sojourn.core.mapping.event_type import EventType, operations_of
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import Operation
from sojourn.core.outcomes import REASONS, Fate
from sojourn.core.pipeline import STEPS
from sojourn.core.steps.identify import identify
from sojourn.http import problems

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Written by tools/reference.py from the code. Change the code, then `make reference`. -->"


def main() -> int:
    """Write the pages, or say which of them are not what the code says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is out of date")
    is_check = parser.parse_args().check
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text() != text]
    for path in stale:
        if not is_check:
            path.write_text(pages()[path])
        print(f"{'Out of date' if is_check else 'Wrote'}: {path.relative_to(ROOT)}")
    return 1 if is_check and stale else 0


def pages() -> dict[Path, str]:
    """Every generated page, as it has to be."""
    return {
        FOLDER / "cli.md": commands_page(),
        FOLDER / "event-types.md": event_types_page(),
        FOLDER / "fields.md": fields_page(),
        FOLDER / "identifiers.md": identifiers_page(),
        FOLDER / "limits.md": limits_page(),
        FOLDER / "outcomes.md": outcomes_page(),
        FOLDER / "problems.md": problems.reference_page(),
        FOLDER / "settings.md": settings_page(),
        FOLDER / "steps.md": steps_page(),
    }


ABOUT_COMMANDS = """While a server runs on the data folder, a command asks the server; otherwise it asks the folder \
itself. The answers are the same. Data goes to standard output, everything else to standard error, and `--json` gives \
data to other programs. A command ends with 0 when all is well, with 1 when it failed, and with 2 when what was typed \
or set cannot be meant. `--help` tells of each command what stands here."""

ABOUT_EVENT_TYPES = """Sojourn knows these types: send one with the properties that it has here, and the event and the \
profile fill themselves. Any other type is just as welcome; of it, only the properties are kept, until it is described.

A property may be left out, and null is the same as left out. A property that is not listed is kept in the event and \
fills nothing. A value that does not fit into its [field](fields.md) is skipped, with a warning that names its place; \
nothing else is lost by it. The tags of a type stand behind those that were sent."""

ABOUT_OPERATIONS = """Where a table says nothing else, the field is *set*. Newer and older go by the time at which \
events happened, not by their arrival."""

ABOUT_FIELDS = """What event types and mapping rules can fill. A `*` stands for any name; below `traits` and `aux`, \
anything can be written at any depth. What does not fit into a field is skipped, with a warning."""

ABOUT_IDENTIFIERS = """Ids by which people are recognised, beside the profile ids that Sojourn makes: e-mail \
addresses, phone numbers, keys of other systems. An event *asserts* an id when it writes one of the fields below, or \
through an identification point. Kinds and points are in force for the next event; each change is a version, and none \
is forgotten: `/api/v1/identity/kinds`, `/api/v1/identification-points`, `sojourn identity`."""

ABOUT_FORMS = """Two ids are the same when their canonical forms are. What has no form is nobody's id.

- `email`: without blanks around it, in lower case, the domain as it stands in the DNS. `ann@Müller.example` and \
`ann@xn--mller-kva.example` are one. Dots and `+tag` before the `@` count, as they do at most providers.
- `phone`: E.164, as in `+442079460101`. A number without a country code is read as one of the setting \
`default_region`, and tells nobody where that is not set. An extension stays: behind one switchboard many people sit.
- `text`: without blanks around it, whatever its case and however its letters are composed.
- `exact`: without blanks around it, and else as it is.

Of an id, the identity graph keeps a *key*, such as `email#` and 32 hexadecimal digits: an HMAC-SHA-256, cut to 128 \
bits, made with the secret of this server. Where people read of an id, it is masked: `a***@m***.example`, \
`+44*******101`."""

ABOUT_JUNK = """Values that are nobody's id, for every kind or for those of a form. A `*` stands for anything, slashes \
hold a pattern of RE2, and case does not count. A kind can block more of its own, written in the same way and compared \
in its form."""

ABOUT_KIND = """What can be said of a kind. `form` and `namespace` never change once it is made: the ids that are \
known would not be found any more. A kind that came along can be changed and switched off, and not be removed.

The kinds that come along believe any source, customer numbers included, since two numbers also keep two people apart \
([why](../adr/0018-any-source-may-tell-a-customer-number.md)). Where only your servers tell them, change `trust`: \
`PATCH /api/v1/identity/kinds/primary-key` with `{"trust": "server"}`."""

ABOUT_POINTS = """What can be said of an identification point, and of each of its `identifiers`. A kind that has no \
fields, such as `device`, is asserted by points alone."""

ABOUT_LIMITS = """Names end in their unit; what ends in `_max` is the most that is allowed. A running server answers \
with the ones in force at `GET /limits`."""

ABOUT_OUTCOMES = """The [glossary](glossary.md#what-becomes-of-an-event) says what the five words mean; the \
[contract](tracker.md#16-errors) says which status and text go with a refusal. `kept` and `duplicate` have no reason. \
`GET /api/v1/outcomes` counts events under these names, and the live feed shows them."""

ABOUT_STEPS = """This is their order. A trace (`sojourn trace`, `GET /api/v1/events/{id}/trace`) names them as they \
are named here, each with one of its codes."""


ABOUT_SETTINGS = """A flag wins over the environment, that over `sojourn.toml` in the working directory, and that over \
the default. The variable `SOJOURN_CONFIG` names another file. A secret may also stand in a file of its own, which the \
variable with `_FILE` behind its name names. An unknown setting is an error. `sojourn config show` tells what is in \
force and where each value came from."""

ABOUT_LIMIT_SETTINGS = """Every bound on the page of [limits](limits.md) is a setting, too: `json_depth_max` there is \
`limits.json_depth_max` here, and `SOJOURN_LIMITS_JSON_DEPTH_MAX` in the environment; the limits of public sources are \
under `limits.public`, those of server sources under `limits.server`, the rates under `limits.rates`."""


def commands_page() -> str:
    """Every command, with what it takes and examples."""
    parts = []
    for words, part in commands(app):
        assert part.default_command is not None, "what does nothing is no command"
        usage = str(format_usage(app, words)).strip()
        examples = "\n".join(examples_in(part.default_command))
        parts += [f"## `{' '.join(('sojourn', *words))}`", *described(part), f"```text\n{usage}\n```"]
        arguments = part.assemble_argument_collection(parse_docstring=True).filter_by(show=True)
        rows = [option(argument) for argument in arguments]
        parts += [table(("option", "meaning"), rows)] if rows else []
        parts += [f"```bash\n{examples}\n```"]
    return page("# Commands", ABOUT_COMMANDS, *parts)


def commands(part: App, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], App]]:
    """Every command that does something, by its words; plain `sojourn` has none."""
    if part.default_command is not None:
        yield words, part
    for name in part:
        if not name.startswith("-"):
            yield from commands(part[name], (*words, name))


def described(part: App) -> list[str]:
    """What a command does, in paragraphs; what it takes and its examples stand elsewhere."""
    text, _, _ = (inspect.getdoc(part.default_command) or "").partition("\nExamples:\n")
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]


def option(argument: Argument) -> tuple[str, str]:
    """One thing that a command takes."""
    names = ", ".join(f"`{name}`" for name in argument.names)
    choices = argument.get_choices()
    one_of = f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
    return names, f"{argument.parameter.help}{one_of}{' Required.' if argument.required else ''}"


def limits_page() -> str:
    """All bounds, with their defaults, units and meanings."""
    heads = ("name", "default", "unit", "meaning")
    return page(
        "# Limits",
        told(limits),
        ABOUT_LIMITS,
        "## One request",
        told(PayloadLimits),
        payload_table(),
        "## Rates",
        told(Rates),
        table(heads, bound_rows("rates.", Rates(), sentences(limits, Rates))),
        "## The server",
        table(heads, bound_rows("", Limits(), sentences(limits, Limits))),
    )


def payload_table() -> str:
    """The limits of a payload, those of both kinds of source side by side."""
    meanings = sentences(limits, PayloadLimits)
    server = asdict(limits.SERVER)
    rows = [
        (f"`{name}`", amount(name, value), amount(name, server[name]), unit_of(name, value), meanings[name])
        for name, value in asdict(limits.PUBLIC).items()
    ]
    return table(("name", "`public.`", "`server.`", "unit", "meaning"), rows)


def bound_rows(prefix: str, bounds: Struct, meanings: Mapping[str, str]) -> list[tuple[str, ...]]:
    """One row for each bound that is a plain value."""
    return [
        (f"`{prefix}{name}`", amount(name, value), unit_of(name, value), meanings[name])
        for name, value in asdict(bounds).items()
        if not isinstance(value, Struct)
    ]


def amount(name: str, value: object) -> str:
    """A number as people read it, and exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"`{str(value).lower()}`"
    exact = f"{value:,}" if isinstance(value, int) else f"{value:,g}"
    if unit_of(name, value) == "bytes":
        whole, word = (value // MIB, "MiB") if value % MIB == 0 else (value // KIB, "KiB")
        return exact if value % KIB or not value else f"{exact} ({whole} {word})"
    if unit_of(name, value) == "seconds" and value >= DAY_S:
        return f"{exact} ({value // DAY_S:,} days)"
    return exact


DAY_S = 86_400


def outcomes_page() -> str:
    """Every way in which an event can end."""
    parts = []
    for fate in Fate:
        reasons = [(f"`{outcome.reason}`", said) for outcome, said in REASONS.items() if outcome.fate is fate]
        if reasons:
            parts += [f"## {fate.value}", table(("reason", "meaning"), reasons)]
    return page("# Outcomes", told(outcomes), ABOUT_OUTCOMES, *parts)


def settings_page() -> str:
    """Everything that can be set, but for the limits."""
    meanings = sentences(config, Settings)
    heads = ("setting", "in the environment", "default", "value", "meaning")
    rows = [
        (f"`{each.key}`", f"`{each.variable}`", default_of(each), each.expected, meanings[each.key])
        for each in known_settings()
        if not each.key.startswith("limits.")
    ]
    return page("# Settings", told(Settings), ABOUT_SETTINGS, table(heads, rows), "## Limits", ABOUT_LIMIT_SETTINGS)


def default_of(setting: Setting) -> str:
    """What holds when nobody says anything."""
    shown = "none" if setting.default in (None, ()) else f"`{setting.default}`"
    return f"{shown} (a secret)" if setting.is_secret else shown


def steps_page() -> str:
    """The pipeline, step by step."""
    parts = []
    for number, step in enumerate(STEPS, start=1):
        module = sys.modules[step.run.__module__]
        parts += [f"## {number}. `{step.name}`", told(module), f"*In the code:* {told(step.run)}"]
        codes = trace_codes(module)
        if codes:
            parts.append(f"*In a trace:* {', '.join(f'`{code}`' for code in codes)}.")
        if step.run is identify:
            parts += ["*In a trace, with the id of the profile:*", rules_table()]
    return page("# Steps", told(pipeline), ABOUT_STEPS, *parts)


def trace_codes(module: ModuleType) -> list[str]:
    """The codes of the notes that a step writes, where they stand as words in its source."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    notes = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "TraceNote"]
    codes = [note.args[1] for note in sorted(notes, key=lambda note: note.lineno)]
    return [str(code.value) for code in codes if isinstance(code, ast.Constant)]


def rules_table() -> str:
    """Why an event became a person's; where it became nobody's, nothing is noted."""
    meanings = sentences(identity, Rule)
    return table(("code", "meaning"), [(f"`{rule}`", meanings[rule.name]) for rule in Rule if rule is not Rule.NONE])


def event_types_page() -> str:
    """Every built-in type: what it means, what it brings along, what that fills."""
    meanings = sentences(operations, Op)
    parts = ["## How a value enters a field", ABOUT_OPERATIONS]
    parts += [table(("operation", "meaning"), [(f"`{op}`", meanings[op.name]) for op in Op])]
    for family in FAMILIES:
        types = [event_type for event_type in built_in_types() if event_type.family == family]
        parts.append(f"## {family.capitalize()}")
        for event_type in types:
            parts += event_type_parts(event_type)
    contents = [
        (family, ", ".join(f"[`{each.id}`](#{each.id})" for each in built_in_types() if each.family == family))
        for family in FAMILIES
    ]
    return page("# Event types", ABOUT_EVENT_TYPES, table(("family", "types"), contents), *parts)


def event_type_parts(event_type: EventType) -> list[str]:
    """One type."""
    labels = [f"*Tags:* {', '.join(f'`{tag}`' for tag in event_type.tags)}."] if event_type.tags else []
    if event_type.journey == "by-visits":
        labels.append("*Journey:* awareness at the first visit, consideration afterwards.")
    elif event_type.journey:
        labels.append(f"*Journey:* {event_type.journey}.")
    parts = [f"### `{event_type.id}`", event_type.explanation, " ".join(labels)]
    fills = filled_by_properties(event_type)
    rows = [
        (f"`{name}`", held_by(schema), meaning_of(schema, fills[name]), *filled_cells(fills[name]))
        for name, schema in leaves_of(event_type.properties)
    ]
    parts.append(table(("property", "holds", "meaning", "in the event", "in the profile"), rows) if rows else "")
    parts.append(" ".join(remarks_on(event_type)))
    if event_type.example:
        parts.append(f"```json\n{json.dumps(event_type.example, indent=2, ensure_ascii=False)}\n```")
    return [part for part in parts if part]


def leaves_of(properties: Mapping[str, object], above: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    """Every property by its full name, `[]` for the items of a list; not the objects around them."""
    for name, schema in properties.items():
        assert isinstance(schema, dict), "a property has a schema"
        items = schema.get("items", {})
        if "properties" in schema:
            yield from leaves_of(schema["properties"], f"{above}{name}.")
        elif "properties" in items:
            yield f"{above}{name}", schema
            yield from leaves_of(items["properties"], f"{above}{name}[].")
        else:
            yield f"{above}{name}", schema


def filled_by_properties(event_type: EventType) -> dict[str, list[tuple[str, Op]]]:
    """The fields that each property fills, and how; a field of the event may hand it on."""
    fills: dict[str, list[tuple[str, Op]]] = defaultdict(list)
    told_by = defaultdict(set, {f"event@properties.{name}": {name} for name, _ in leaves_of(event_type.properties)})
    for operation in operations_of(event_type):
        # An item of a list is part of the property.
        names = told_by[re.sub(r"\.\d+$", "", operation.value or "")]
        told_by[operation.target] |= names
        for name in names:
            fills[name].append((target_of(operation), operation.op))
    return fills


def target_of(operation: Operation) -> str:
    """The field that an operation fills, `*` for each member, the property in brackets that names it."""
    if operation.each:
        return f"{operation.target}.*"
    return f"{operation.target}.<{operation.key.rpartition('.')[2]}>" if operation.key else operation.target


def filled_cells(filled: Iterable[tuple[str, Op]]) -> tuple[str, str]:
    """What a property fills: in the event, and in the profile."""
    cells: dict[str, list[str]] = {"event": [], "profile": []}
    for target, op in filled:
        root, _, field = target.partition("@")
        cells[root].append(f"`{field}`" if op is Op.SET else f"`{field}` ({op})")
    return ", ".join(cells["event"]), ", ".join(cells["profile"])


def held_by(schema: Mapping[str, object]) -> str:
    """What a property holds, in the words of JSON Schema."""
    kinds = schema.get("type", "anything")
    word = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    items = schema.get("items")
    if isinstance(items, dict) and items.get("type") != "object":
        word = f"{word} of {held_by(items)}"
    return f"{word} ({schema['format']})" if "format" in schema else word


def meaning_of(schema: Mapping[str, object], filled: Iterable[tuple[str, Op]]) -> str:
    """What a property means: as it says itself, else as the field says that it fills."""
    if "description" in schema:
        return str(schema["description"])
    meanings = {f"{root}@{'.'.join(field.path)}": field.meaning for root, known in FIELDS.items() for field in known}
    return next((meanings[target] for target, _ in filled if target in meanings), "")


def remarks_on(event_type: EventType) -> Iterator[str]:
    """What a type does beside what its properties fill."""
    for field, constant in event_type.defaults.items():
        yield f"`{field}` is `{constant}` unless it is sent."
    without_value: dict[str, list[str]] = defaultdict(list)
    for operation in event_type.effects:
        if operation.value is None:
            only = "".join(f", if `{one.partition('@')[2]}` is that of the event" for one in operation.matching)
            without_value[f"In the profile{only}: {operation.op}"].append(f"`{operation.target.partition('@')[2]}`")
        elif operation.constant is not None:
            yield f"Without `{operation.value.rpartition('.')[2]}`, it is {operation.constant}."
    for done, filled in without_value.items():
        yield f"{done} {', '.join(filled)}."
    for mask in event_type.masks:
        kept = "only the last four digits are kept" if mask.keep == "last-four" else "nothing is kept"
        yield f"Of `{mask.property}`, {kept}."


def fields_page() -> str:
    """Every typed field, with what it holds and means."""
    kinds = sentences(fields, Kind)
    parts = ["## What a field holds", table(("kind", "what"), [(kind.value, kinds[kind.name]) for kind in Kind])]
    for root in ("profile", "event", "session"):
        parts += [f"## {root.capitalize()}", table(("field", "holds", "meaning"), map(field_row, FIELDS[root]))]
    return page("# Fields", ABOUT_FIELDS, *parts)


def field_row(field: Field) -> tuple[str, str, str]:
    """One field."""
    return f"`{'.'.join(field.path)}`", field.kind.value, field.meaning


def identifiers_page() -> str:
    """By what people are recognised: the kinds that come along, what can be said of one, and what is nobody's id."""
    heads = ("kind", "name", "form", "fields of the profile", "unique", "values per person", "priority")
    said = sentences(kinds, IdKind) | {"id": "Its id, which never changes.", "name": "What people call it."}
    pointed = sentences(points, IdentificationPoint) | sentences(points, PointIdentifier)
    return page(
        "# Identifiers",
        ABOUT_IDENTIFIERS,
        "## The kinds that come along",
        table(heads, map(kind_row, BUILT_IN_KINDS)),
        "## Forms and keys",
        ABOUT_FORMS,
        "## A kind of id",
        ABOUT_KIND,
        table(("field", "default", "meaning"), (about_kind(name, said) for name in IdKind.__struct_fields__)),
        "## An identification point",
        ABOUT_POINTS,
        table(("field", "meaning"), [(f"`{name}`", linked(text)) for name, text in pointed.items()]),
        "## Junk values",
        ABOUT_JUNK,
        *(f"**{form}**: {', '.join(f'`{entry}`' for entry in entries)}" for form, entries in JUNK.items()),
    )


def about_kind(name: str, said: Mapping[str, str]) -> tuple[str, str, str]:
    """A field of a kind: what it is when nobody says anything, and what it means."""
    default = next(field.default for field in struct_fields(IdKind) if field.name == name)
    if isinstance(default, PeriodLimit):
        return f"`{name}`", f"{default.count} in {default.days} day", linked(said[name])
    shown = "none" if default in (None, (), NODEFAULT) else f"`{str(default).lower()}`"
    return f"`{name}`", shown, linked(said[name])


def kind_row(kind: IdKind) -> tuple[str, ...]:
    """One kind that comes along."""
    held = ", ".join(f"`{field}`" for field in kind.fields) or "none"
    unique = "yes" if kind.unique else "no"
    return f"`{kind.id}`", kind.name, kind.form, held, unique, str(kind.limit_per_profile), str(kind.priority)


def told(described: object) -> str:
    """A docstring as paragraphs of Markdown, the rules that it names linked to the contract."""
    text = inspect.getdoc(described)
    if not text:
        raise SystemExit(f"{described!r} has no docstring.")
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return linked("\n\n".join(paragraphs))


def sentences(module: ModuleType, record: type[Struct | StrEnum]) -> dict[str, str]:
    """The text that stands under each field of a record, or each member of an enum, in its source."""
    tree = ast.parse(inspect.getsource(module))
    [body] = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == record.__name__]
    return {name: linked(text) for name, text in described_fields(body)}


def described_fields(body: Iterable[ast.stmt]) -> Iterable[tuple[str, str]]:
    """The name of each assignment that is followed by a text, and the text."""
    for field, after in pairwise(body):
        target = assigned(field)
        if target and isinstance(after, ast.Expr):
            yield target, " ".join(str(ast.literal_eval(after.value)).split())


def assigned(statement: ast.stmt) -> str:
    """The name that a statement gives a value to; empty when it gives none."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")


def page(*parts: str) -> str:
    """A page from its paragraphs, headings and tables."""
    return "\n\n".join((NOTE, *parts)) + "\n"


def linked(text: str) -> str:
    """Let the numbers of rules lead to the contract."""
    return re.sub(r"\bR-(\d\d)", r"[R-\1](tracker.md#r-\1)", text.replace("tracker.md", "[contract](tracker.md)"))


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
