"""Hold events against the contract of their type, if it has one.

It comes before anybody is identified: an event that is put aside or refused must neither make a profile nor begin a
visit, nor count anywhere. It comes after `recognise`: an event that was kept before is a duplicate, whatever contract
came later, so that a client may always send again. A contract sees properties as they would be kept, without what is
masked; the events of the system are not held against any.
"""

from __future__ import annotations

from sojourn.core.changes import TraceNote
from sojourn.core.contracts import Violation
from sojourn.core.draft import Draft, Ended, EventDraft
from sojourn.core.events import Problem
from sojourn.core.outcomes import QUARANTINED_CONTRACT, REFUSED_CONTRACT, Outcome


def check_contract(draft: Draft) -> Ended | None:
    """Flag, put aside or refuse each event that breaks the contract of its type, by the mode of the contract."""
    if not draft.ruleset.has_contracts:
        return None
    for event in draft.kept:
        contract = draft.ruleset.contract_of(event.type)
        violations = contract.violations(event.properties) if contract else ()
        if contract is None or not violations:
            continue
        match contract.mode:
            case "observe":
                _flag(draft, event, violations)
            case "quarantine":
                _stop(draft, event, violations, QUARANTINED_CONTRACT)
            case "refuse":
                _stop(draft, event, violations, REFUSED_CONTRACT)
    return None


def _flag(draft: Draft, event: EventDraft, violations: tuple[Violation, ...]) -> None:
    event.is_valid = False
    event.has_warning = True
    for violation in violations:
        draft.warn("contract", violation.msg, event=event.index, loc=_loc(event, violation))
        event.notes.append(TraceNote("check_contract", "broken", ".".join(map(str, violation.path))))


def _stop(draft: Draft, event: EventDraft, violations: tuple[Violation, ...], outcome: Outcome) -> None:
    for violation in violations:
        problem = Problem(event=event.index, code="contract", loc=_loc(event, violation), msg=violation.msg)
        draft.fail(event, outcome, problem)


def _loc(event: EventDraft, violation: Violation) -> tuple[str | int, ...]:
    return ("body", "events", event.index, "properties", *violation.path)
