"""Let each event fill fields of itself, of the profile and of the session, by its type and by mapping rules.

A value that does not fit is skipped with a warning; it never costs the event (tracker.md R-12).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sojourn.core import sessions
from sojourn.core.changes import note_of
from sojourn.core.contributions import Unsaved
from sojourn.core.derived import with_written
from sojourn.core.documents import Document
from sojourn.core.draft import Assertion, Draft, Ended, EventDraft, event_of
from sojourn.core.events import RULES_FILL
from sojourn.core.evidence import Saying, evidence_of
from sojourn.core.labels import label
from sojourn.core.mapping.apply import Applied, CompiledRule, Skipped
from sojourn.core.mapping.copies import filled_by
from sojourn.core.mapping.operations import Effect, Origin
from sojourn.core.mapping.ruleset import TypeRules
from sojourn.core.mapping.sheets import Sheet
from sojourn.core.views import NO_PARTS, event_sheet_of, person_sheets


def map_events(draft: Draft) -> Ended | None:
    """Apply what is in force for each event, first for those of the system, then in the order of the payload."""
    sheets: dict[str, Sheet] = {}
    stored = 0
    for event in (*draft.system_events, *draft.kept):
        in_force = draft.ruleset.of_type(event.type)
        label(event, in_force, draft.profile)
        effects = _effects(draft, event, in_force, sheets)
        if effects and not draft.is_stored(event):
            draft.beside.unsaved.append(Unsaved(stored, effects))
        stored += draft.is_stored(event)
    _take_over(draft, sheets)
    return None


def _effects(draft: Draft, event: EventDraft, in_force: TypeRules, sheets: dict[str, Sheet]) -> tuple[Effect, ...]:
    """Let one event do what its type and rules say; what entered fields of the profile or the session."""
    if in_force.only_copies is not None and _copy(draft, event, in_force.only_copies):
        return ()
    if in_force.rules or in_force.assertions:  # identification points ask for events that no rule is about
        return _map(draft, event, in_force, sheets)
    return ()


def _copy(draft: Draft, event: EventDraft, rule: CompiledRule) -> bool:
    """Do at once what a rule that only copies does; False where it needs a closer look."""
    filled = filled_by(rule.id, rule.copies, event.filled, event.properties) if not draft.correction.withheld else None
    if filled is None:
        return False
    event.filled.update(filled.parts)
    if filled.told.fields:
        event.notes.append(note_of("map_events", filled.told))
    return True


def _map(draft: Draft, event: EventDraft, in_force: TypeRules, sheets: dict[str, Sheet]) -> tuple[Effect, ...]:
    """Apply the rules to one event; what entered the profile, and the session where rules read it."""
    assert event.id is not None, "recognise gives every event its id"
    if in_force.name_person and not sheets:
        sheets.update(person_sheets(draft.profile, draft.session))
        draft.beside.session = _session_as_read(draft, sheets)
    parts: Document = {**NO_PARTS, **event.filled, "properties": event.properties, "config": event.config}
    sheet = event_sheet_of(parts, lambda: event_of(draft, event), draft.submission.context)
    by = Origin(event.moment, event.id, "")
    withheld = draft.correction.withheld_from(event)
    documents = {**sheets, "event": sheet}
    applied = Applied(documents, by, name_bytes_max=draft.limits.key_bytes_max, withheld=withheld)
    for rule in in_force.rules:
        applied.apply(rule, draft.submission.source.id)
    if applied.effects or in_force.assertions:
        draft.graph.assertions += _assertions(draft, event, documents, applied.effects)
    if sheet.is_changed:
        event.filled = _filled(event, sheet)
    event.notes += [note_of("map_events", change) for change in applied.changes]
    for skipped in applied.skipped:
        _warn(draft, event, skipped)
    is_read = draft.beside.session is not None
    return tuple(effect for effect in applied.effects if is_read or effect.field.startswith("profile@"))


def _assertions(
    draft: Draft, event: EventDraft, documents: dict[str, Sheet], effects: list[Effect]
) -> Iterator[Assertion]:
    """The identifiers that an event asserts."""
    saying = Saying(event.type, draft.submission.source.id, event.moment, documents, effects)
    for said in evidence_of(saying, draft.ruleset):
        yield Assertion(event, said)


def _session_as_read(draft: Draft, sheets: dict[str, Sheet]) -> dict[str, object] | None:
    """The session before any rule has written on it, if one of the rules to come reads it."""
    events = (*draft.system_events, *draft.kept)
    is_read = "session" in sheets and any(draft.ruleset.of_type(event.type).read_session for event in events)
    return sheets["session"].content if is_read else None


def _filled(event: EventDraft, sheet: Sheet) -> dict[str, dict[str, object]]:
    """The filled parts of the event, with what rules made of those that they fill."""
    filled = event.filled.copy()
    parts = sheet.parts
    for part in RULES_FILL:
        content = parts.get(part)
        if isinstance(content, dict) and content:
            filled[part] = content
        else:
            filled.pop(part, None)
    return filled


def _take_over(draft: Draft, sheets: dict[str, Sheet]) -> None:
    """Make what rules wrote the draft's profile and session."""
    sheet = sheets.get("profile")
    if sheet is not None and draft.profile is not None:
        draft.profile = with_written(draft.profile, sheet, draft.ruleset.knowledge)
    sheet = sheets.get("session")
    if sheet is not None and sheet.is_changed and draft.session is not None:
        written = {part: sheet.parts.get(part) or {} for part in sessions.RULES_WRITE}
        draft.session = replace(draft.session, **written)


def _warn(draft: Draft, event: EventDraft, skipped: Skipped) -> None:
    value = skipped.value
    is_sent = value is not None and value.root == "event" and value.path[0] in ("properties", "context")
    path = value.path if value is not None and is_sent else ()
    loc: tuple[str | int, ...] = ("body", "events", event.index, *path)
    draft.warn("field-skipped", f"{skipped.field}: {skipped.msg}", event=event.index, loc=loc)
    event.has_warning = True
