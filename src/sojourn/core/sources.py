"""Sources: who may send events, through which entry, and what their word is worth. Redirects belong to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

EntryKind = Literal["rest", "webhook", "redirect"]
KeptAddress = Literal["truncate", "full", "none"]

VISIT_TIMEOUT_S_MAX = 10 * 365 * 86_400
"""Ten years, beyond which no pause ends a visit that is not over anyway."""


PASSES_MAX = 32
"""Sources to which one source hands people on."""


class WebhookOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How `/collect` treats the bodies of a source (tracker.md §1.7)."""

    generate_profile: bool = False
    sticky_session: bool = True
    replace_profile_id: str | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where events come from. `id` is what clients put into `source.id`; it never changes."""

    id: str
    name: str
    type: tuple[EntryKind, ...] = ("rest",)
    """The entries that accept it: `rest` is `/track`, `webhook` is `/collect`, `redirect` is `/redirect`."""
    enabled: bool = True
    channel: str | None = None
    """Copied to the metadata of its sessions and events."""
    ephemeral: bool = False
    """Events are processed and answered, and nothing of them is kept."""
    static_profile_id: bool = False
    """The client's profile id is adopted as it is (tracker.md §4.3)."""
    identity: Literal["open", "careful", "server-only"] = "careful"
    """How far its word joins people (tracker.md R-36)."""
    passes_to: Annotated[tuple[str, ...], Meta(max_length=PASSES_MAX)] = ()
    """The sources to which its clients may ask to be handed on, by a token in the answer (tracker.md §4.8)."""
    bare_pass: bool = False
    """Whether it believes a client who names the person that another site has handed on, without a token."""
    bots: Literal["drop", "keep", "refuse"] = "drop"
    ip: KeptAddress = "truncate"
    """How much of a client's address is kept: its network (/24, IPv6: /48), all of it, or nothing."""
    visit_timeout_s: Annotated[int, Meta(ge=1, le=VISIT_TIMEOUT_S_MAX)] | None = None
    """Seconds of inactivity, in event time, after which the next event of a session is a new visit."""
    historical_time: bool = True
    """Whether `time.insert` of a client is believed (tracker.md R-23)."""
    origins: tuple[str, ...] = ("*",)
    """Browser origins that may send, compared exactly; `*` allows all."""
    returns_profile: bool = False
    """Whether `options.profile` may bring the profile back in the answer."""
    debug: bool = False
    """Whether `options.debugger` brings event ids back in the answer."""
    trust: Literal["public", "server"] = "public"
    """A `server` source proves itself with its secret, and gets the larger limits."""
    webhook: WebhookOptions = WebhookOptions()


class Redirect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link that records an event and leads on (tracker.md §1.8)."""

    id: str
    name: str
    source: str
    """Id of a source whose type has `redirect`."""
    url: str
    """Where it leads. Kept as it is sent: in ASCII, other letters percent-encoded."""
    event_type: str
    properties: dict[str, object] = {}
    """Values may be templates: `payload@params.*`, `payload@body.*`, `session@id`."""


class Scope(msgspec.Struct, frozen=True):
    """One right of a token, and what it opens."""

    name: str
    opens: str


SCOPES = (
    Scope(
        "read",
        "profiles, sessions, events, traces, outcomes, quarantine, the live feed, sources, redirects, mapping rules, "
        "event types, contracts, kinds of id, identification points, receipts of erasures, "
        "what a mapping rule would do",
    ),
    Scope(
        "configure",
        "creating, changing and removing sources, redirects, mapping rules, own event types, contracts, "
        "kinds of id and identification points, replaying and removing what is quarantined, undoing merges",
    ),
    Scope("pass", "making passes, which hand people on from site to site"),
    Scope("erase", "erasing people"),
    Scope("admin", "everything, tokens included"),
)


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token for the management API. Only the hash of the token is kept."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None

    def allows(self, scope: str, now: datetime) -> bool:
        """Whether this key, at this moment, opens what `scope` protects."""
        if self.expires_at is not None and now >= self.expires_at:
            return False
        return scope in self.scopes or "admin" in self.scopes
