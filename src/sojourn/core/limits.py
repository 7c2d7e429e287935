"""Every bound in the system, named, with its unit last. The defaults are those of a small public server.

`GET /limits` tells them all; `[limits]` in `sojourn.toml` and `SOJOURN_LIMITS_*` change them.
"""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB


class PayloadLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may carry. Public (browser) sources and server sources have one each."""

    body_bytes_max: int = MIB
    """Bytes of a request body as it was sent; more is 413."""
    inflated_bytes_max: int = 4 * MIB
    """Bytes of a gzip body while it is inflated; more is 413."""
    events_max: int = 500
    """Events in one request; more is 413."""
    event_bytes_max: int = 32 * KIB
    """Bytes of one event's JSON; a larger event is quarantined."""
    string_bytes_max: int = 8 * KIB
    """Bytes of one string value; an event that holds a longer one is quarantined."""
    nodes_max: int = 50_000
    """JSON values in one request; more is 413."""


PUBLIC = PayloadLimits()
SERVER = PayloadLimits(
    body_bytes_max=4 * MIB,
    inflated_bytes_max=16 * MIB,
    events_max=2_000,
    event_bytes_max=256 * KIB,
    string_bytes_max=32 * KIB,
    nodes_max=200_000,
)


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """How often. A rate is a sustained number a second, a burst is how far ahead of it one may run."""

    ip_requests_per_s: float = 50
    """Requests a second from one address (IPv6: one /64 network); more is 429."""
    ip_requests_burst: int = 200
    """Requests that one address may send at once, ahead of its rate."""
    person_events_per_s: float = 30
    """Events a second that name one session or one profile, from a public source; more is 429."""
    person_events_burst: int = 300
    """Events that may name one session or one profile at once, ahead of the rate."""
    server_person_events_per_s: float = 300
    """The same from a source with `trust = "server"`."""
    server_person_events_burst: int = 3_000
    """The same from a source with `trust = "server"`."""
    ip_new_profiles_per_min: float = 60
    """New profiles a minute that requests from one address may bring about; more is 429."""
    ip_new_profiles_burst: int = 600
    """New profiles that requests from one address may bring about at once, ahead of the rate."""
    source_events_per_s: float = 0
    """Events a second of one source; 0 sets no limit."""
    source_events_burst: int = 5_000
    """Events that one source may send at once, ahead of its rate."""
    keys_max: int = 100_000
    """Addresses, sessions and profiles that are remembered at once, the longest unseen forgotten first."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """All bounds of one server."""

    public: PayloadLimits = PUBLIC
    server: PayloadLimits = SERVER
    rates: Rates = Rates()
    rate_loopback: bool = False
    """Whether the rates also hold for clients on the loopback interface."""

    json_depth_max: int = 32
    """Levels of nesting in `properties`, `context` and `options`, themselves included. More: the event is quarantined;
    in those of the payload itself, 422."""
    object_keys_max: int = 512
    """Keys of one JSON object."""
    event_leaves_max: int = 2_000
    """Scalar values in one event."""
    key_bytes_max: int = 128
    """Bytes of one key, which must not be empty nor hold control characters."""
    event_type_chars_max: int = 200
    """Characters of an event type; a longer one is quarantined."""
    id_bytes_max: int = 128
    """Bytes of an event, session or profile id after trimming."""
    tags_max: int = 100
    """Tags of one event, its payload's included."""
    tag_bytes_max: int = 128
    """Bytes of one tag."""
    profile_ids_max: int = 100
    """Further ids of a person that one request may name; more is 422."""
    person_ids_max: int = 1_000
    """Ids of one person, those of merged profiles and aliases; what would go beyond is held back."""

    session_bytes_max: int = 32 * KIB
    """Bytes of the context and properties of a session, which each of its events writes anew; what would go beyond is
    left out of it, with a warning."""

    clock_ahead_s_max: int = 3_600
    """Seconds that a client time may lie ahead of its arrival; beyond, the arrival time is taken instead."""
    late_s: int = 30 * 86_400
    """Seconds after which an event of a public source is flagged as late; it is kept all the same."""
    server_late_s: int = 10 * 365 * 86_400
    """The same for a source with `trust = "server"`."""

    header_bytes_max: int = 16 * KIB
    """Bytes of the head of a request; more is 431."""
    headers_max: int = 100
    """Header fields of a request; more is 431."""
    url_bytes_max: int = 8 * KIB
    """Bytes of a request's URL; more is 414."""
    header_timeout_s: float = 5
    """Seconds within which the head of a request must have arrived; then 408."""
    body_timeout_s: float = 25
    """Seconds within which a body must have arrived; then 408."""
    idle_timeout_s: int = 65
    """Seconds that an idle connection is kept."""
    connections_max: int = 1_024
    """Connections that are open at once."""
    connections_per_ip_max: int = 64
    """Connections from one address; loopback is exempt unless `rate_loopback` is set."""

    queue_requests_max: int = 2_048
    """Requests that may wait to be decided; beyond, 503."""
    queue_wait_s_max: float = 0.2
    """Seconds that a request may have to wait for those before it, as fast as those go on; beyond, 503."""
    queue_bytes_max: int = 64 * MIB
    """Bytes of the bodies that arrive or wait to be decided; beyond, 503."""
    batch_requests_max: int = 512
    """Requests decided and committed together."""
    batch_events_max: int = 4_000
    """Events decided and committed together (a single larger request is a batch of its own)."""
    batch_s_max: float = 0.02
    """Seconds for which one batch is decided, as far as can be told: as long, nobody else is heard."""
    drain_timeout_s: float = 10
    """Seconds within which a stopping server has ended; the requests in flight get at most half of them."""
    retry_after_s: int = 1
    """What `Retry-After` says when the server is busy."""

    disk_reserve_bytes: int = 0
    """Free bytes of the disk below which writes answer 503; 0 chooses them: 512 MiB, or 5 % of a disk where that is
    less."""
    journal_segment_bytes: int = 64 * MIB
    """Bytes of one file of the journal, before the next one is begun."""
    journal_lag_bytes_max: int = 256 * MIB
    """Bytes of the journal that may wait to be materialised; beyond, requests wait, then get 503."""
    cached_documents_max: int = 30_000
    """Profiles and sessions kept in memory, each, beside those not yet materialised: about 7 kB for one of both."""
    settle_timeout_s: float = 10
    """Seconds that a read waits to see the newest writes; then 503."""
    live_entries_max: int = 1_000
    """Entries of the live feed that a reconnecting viewer can catch up on."""
    live_viewers_max: int = 64
    """Viewers of the live feed at once; beyond, 503."""
    live_heartbeat_s: float = 15
    """Seconds of silence after which a viewer of the live feed is sent a sign of life."""
    mapping_rules_max: int = 1_000
    """Mapping rules at once; another one is declined."""
    own_event_types_max: int = 1_000
    """Own event types at once; another one is declined."""
    rule_operations_max: int = 200
    """Operations of one mapping rule or own event type, fields of one kind of id, properties of one identification
    point."""
    id_kinds_max: int = 100
    """Kinds of id that were made, or changed, at once; another one is declined."""
    blocked_values_max: int = 1_000
    """Values and patterns that one kind of id blocks."""
    identification_points_max: int = 1_000
    """Identification points at once; another one is declined."""
    merge_rules_max: int = 200
    """Paths for which merge rules say how fields are merged."""
    contracts_max: int = 1_000
    """Contracts at once; another one is declined."""
    contract_bytes_max: int = 64 * KIB
    """Bytes of the schema of one contract."""
    contract_checks_max: int = 2_000
    """Schemas inside of the schema of one contract, every `$ref` written out: what it may cost to check an event."""
    observed_types_max: int = 1_000
    """Event types of which it is learnt what their events say; of those that nobody has described, the longest unseen
    is forgotten first."""
    observed_properties_max: int = 200
    """Properties of one type that are learnt."""
    observed_events_per_s: int = 500
    """Events a second that are looked at to learn it, a fifth of them of one type; the others count as skipped."""
    observed_bytes_per_s: int = 16 * MIB
    """Bytes of the properties of those events; once there are as many, further ones count as skipped."""
    open_reviews_max: int = 10_000
    """Reviews that wait for somebody's word. The oldest beyond lapse, and are counted in the metrics: they come again
    when the same is told again. For a moment, there may be a hundredth more."""
    quarantined_events_max: int = 100_000
    """Events in the quarantine. The oldest beyond are dropped, and counted in the metrics; for a moment, there may be a
    hundredth more."""
    quarantined_bytes_max: int = 512 * MIB
    """Bytes of the quarantine, as JSON. The oldest events beyond are dropped in the same way."""
    manage_body_bytes_max: int = MIB
    """Bytes of a body sent to the management API; more is 413."""
    jobs_running_max: int = 4
    """Jobs, such as rebuilds, that run at once; another one is declined."""
    jobs_kept_max: int = 100
    """Jobs that are remembered, running ones included; of those that have ended, the oldest are forgotten first."""
    page_items_max: int = 1_000
    """Items of one page of a list."""


def reserve_bytes_of(disk_reserve_bytes: int, disk_bytes: int) -> int:
    """The bytes that are kept free on a disk of this size: as many as were set, else those that suit the disk."""
    return disk_reserve_bytes or min(_RESERVE_BYTES, disk_bytes // _RESERVE_PART)


_RESERVE_BYTES = 512 * MIB
_RESERVE_PART = 20


def unit_of(name: str, value: object) -> str:
    """What the value of a limit counts, as the end of its name says."""
    if isinstance(value, bool):
        return "true or false"
    words = name.removesuffix("_max").removesuffix("_burst").removesuffix("_per_ip").split("_")
    match words:
        case [*_, counted, "per", "s"]:
            return f"{counted} a second"
        case [*_, counted, "per", "min"]:
            return f"{counted} a minute"
        case _:
            return _LONG.get(words[-1], words[-1])


_LONG = {"s": "seconds", "chars": "characters", "depth": "levels"}
