"""Hypothesis strategies for what people configure: anything that a catalog may be given, the faulty included."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from sojourn.core.contracts import Contract
from sojourn.core.identifiers.kinds import IdKind, PeriodLimit
from sojourn.core.identifiers.points import IdentificationPoint, PointIdentifier
from sojourn.core.mapping.event_type import EventType, Mask
from sojourn.core.mapping.operations import Op
from sojourn.core.mapping.rules import MappingRule, Operation
from sojourn.core.merge_rules import MergeRules, Strategy
from sojourn.core.sources import ApiKey, Redirect, Source, WebhookOptions
from sojourn.testing.strategies import ENTRIES, ids, json_objects, json_values, moments, texts


def sources() -> SearchStrategy[Source]:
    """Sources of every kind."""
    return st.builds(
        Source,
        id=ids(),
        name=texts(),
        type=st.lists(st.sampled_from(ENTRIES), min_size=1, unique=True).map(tuple),
        enabled=st.booleans(),
        channel=st.none() | texts(),
        ephemeral=st.booleans(),
        static_profile_id=st.booleans(),
        identity=st.sampled_from(["open", "careful", "server-only"]),
        bots=st.sampled_from(["drop", "keep", "refuse"]),
        visit_timeout_s=st.none() | st.integers(1, 86_400),
        historical_time=st.booleans(),
        origins=st.lists(texts(), max_size=2).map(tuple),
        returns_profile=st.booleans(),
        debug=st.booleans(),
        trust=st.sampled_from(["public", "server"]),
        webhook=st.builds(WebhookOptions, generate_profile=st.booleans(), replace_profile_id=st.none() | texts()),
    )


def redirects() -> SearchStrategy[Redirect]:
    """Redirects to anywhere."""
    return st.builds(
        Redirect, id=ids(), name=texts(), source=ids(), url=texts(), event_type=texts(), properties=json_objects()
    )


def api_keys() -> SearchStrategy[ApiKey]:
    """Keys with any rights."""
    return st.builds(
        ApiKey,
        id=ids(),
        name=texts(),
        scopes=st.lists(st.sampled_from(["read", "configure", "erase", "admin"]), unique=True).map(tuple),
        created_at=moments(),
        expires_at=st.none() | moments(),
    )


def mapping_rules() -> SearchStrategy[MappingRule]:
    """Rules that may be faulty: a store keeps what it is given."""
    operation = st.builds(
        Operation,
        op=st.sampled_from(Op),
        target=texts(),
        value=st.none() | texts(),
        constant=st.sampled_from([None, True, 1, 1.0]) | json_values(),
        key=st.none() | texts(),
        each=st.booleans(),
        matching=st.dictionaries(texts(), texts(), max_size=1),
    )
    return st.builds(
        MappingRule,
        id=ids(),
        name=texts(),
        event_type=texts(),
        source=st.none() | ids(),
        condition=st.none() | texts(),
        operations=st.lists(operation, max_size=2).map(tuple),
        order=st.integers(-9, 9),
        enabled=st.booleans(),
    )


def contracts() -> SearchStrategy[Contract]:
    """Contracts that may be faulty, too."""
    return st.builds(
        Contract, id=ids(), mode=st.sampled_from(["observe", "quarantine", "refuse"]), schema=json_objects()
    )


def id_kinds() -> SearchStrategy[IdKind]:
    """Kinds of id that may be faulty, too."""
    return st.builds(
        IdKind,
        id=ids(),
        name=texts(),
        form=st.sampled_from(["email", "phone", "text", "exact"]),
        fields=st.lists(texts(), max_size=2).map(tuple),
        namespace=st.none() | texts(),
        unique=st.booleans(),
        switches=st.booleans(),
        identifies=st.booleans(),
        limit_per_profile=st.integers(1, 99),
        limit_per_period=st.builds(PeriodLimit, count=st.integers(1, 99), days=st.integers(1, 99)),
        priority=st.integers(0, 99),
        trust=st.sampled_from(["any", "server"]),
        blocked=st.lists(texts(), max_size=2).map(tuple),
        enabled=st.booleans(),
    )


def identification_points() -> SearchStrategy[IdentificationPoint]:
    """Identification points that may be faulty, too."""
    identifier = st.builds(PointIdentifier, property=texts(), kind=texts())
    return st.builds(
        IdentificationPoint,
        id=ids(),
        name=texts(),
        event_type=texts(),
        source=st.none() | ids(),
        condition=st.none() | texts(),
        identifiers=st.lists(identifier, max_size=2).map(tuple),
        enabled=st.booleans(),
    )


def event_types() -> SearchStrategy[EventType]:
    """Own event types that may be faulty, too."""
    return st.builds(
        EventType,
        id=ids(),
        title=texts(),
        family=texts(),
        properties=json_objects(),
        copies=st.dictionaries(texts(), texts(), max_size=2),
        defaults=json_objects(),
        profile_takes=st.dictionaries(texts(), st.sampled_from(Op), max_size=2),
        tags=st.lists(texts(), max_size=2).map(tuple),
        journey=st.sampled_from([None, "by-visits", "purchase"]),
        masks=st.lists(
            st.builds(Mask, property=texts(), keep=st.sampled_from(["last-four", "nothing"])), max_size=1
        ).map(tuple),
        example=json_objects(),
    )


def merge_rules() -> SearchStrategy[MergeRules]:
    """Merge rules that may be faulty: a store keeps what it is given."""
    return st.builds(MergeRules, fields=st.dictionaries(texts(), st.sampled_from(Strategy), max_size=2))
