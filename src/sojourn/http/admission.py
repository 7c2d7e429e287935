"""Who may send: the source, its secret, the browser's origin, and how often (docs/reference/limits.md)."""

from __future__ import annotations

from sojourn.core.limits import Limits, PayloadLimits
from sojourn.core.sources import EntryKind, Source
from sojourn.http import refusals
from sojourn.http.addresses import network_of
from sojourn.http.auth import is_same
from sojourn.http.rates import RateLimiter
from sojourn.http.request import Request
from sojourn.ports.catalog import Catalog
from sojourn.ports.system import Clock


class Admission:
    """Decides whether a request may go on. Every method raises Refusal when it may not."""

    def __init__(self, catalog: Catalog, limits: Limits, clock: Clock) -> None:
        """Check against the sources of `catalog`."""
        rates = limits.rates
        keys_max = rates.keys_max
        self._catalog = catalog
        self._limits = limits
        self._clock = clock
        self._requests = RateLimiter(per_s=rates.ip_requests_per_s, burst=rates.ip_requests_burst, keys_max=keys_max)
        self._public_events = RateLimiter(
            per_s=rates.person_events_per_s, burst=rates.person_events_burst, keys_max=keys_max
        )
        self._server_events = RateLimiter(
            per_s=rates.server_person_events_per_s, burst=rates.server_person_events_burst, keys_max=keys_max
        )
        self._source_events = RateLimiter(
            per_s=rates.source_events_per_s, burst=rates.source_events_burst, keys_max=keys_max
        )
        self._new_profiles = RateLimiter(
            per_s=rates.ip_new_profiles_per_min / 60, burst=rates.ip_new_profiles_burst, keys_max=keys_max
        )

    def check_address(self, request: Request) -> None:
        """Whether this address may send yet another request."""
        if self._is_exempt(request):
            return
        now = self._clock.monotonic()
        key = network_of(request.client)
        wait_s = max(self._requests.wait_s(key, now), self._new_profiles.wait_s(key, now))
        if wait_s:
            raise refusals.too_often("", 1, wait_s)
        self._requests.use(key, now)

    def check_source(self, request: Request, source_id: str, entry: EntryKind, count: int) -> Source:
        """The source, if it exists, is meant for this entry, and the request may use it."""
        source = self._catalog.source(source_id)
        if source is None or source_id.startswith("@") or entry not in source.type:
            raise refusals.unknown_source(count)
        if not source.enabled:
            raise refusals.disabled_source(source.id, count)
        if source.trust == "server":
            self._check_secret(request, source, count)
        origin = request.header(b"origin")
        if origin and "*" not in source.origins and origin not in source.origins:
            request.is_foreign = True
            raise refusals.foreign_origin(source.id, count)
        return source

    def limits_of(self, source: Source) -> PayloadLimits:
        """What one request of the source may carry."""
        return self._limits.server if source.trust == "server" else self._limits.public

    def limits_before_source(self, request: Request) -> PayloadLimits:
        """What a request may carry of which only the body says for which source it is.

        The larger limits are for those who bring the secret of a source; whether it is that of theirs is still to be
        seen.
        """
        return self._limits.server if self._catalog.has_secret(request.token_sha256) else self._limits.public

    def check_rates(self, request: Request, source: Source, people: tuple[str | None, ...], count: int) -> None:
        """Whether the source, and each of the people or sessions that the request names, may bring so many events."""
        if self._is_exempt(request):
            return
        now = self._clock.monotonic()
        person_events = self._server_events if source.trust == "server" else self._public_events
        named = [f"{source.id}\n{person}" for person in people if person]
        waits = [person_events.wait_s(key, now, count) for key in named]
        wait_s = max([self._source_events.wait_s(source.id, now, count), *waits])
        if wait_s:
            raise refusals.too_often(source.id, count, wait_s)
        self._source_events.use(source.id, now, count)
        for key in named:
            person_events.use(key, now, count)

    def note_new_profile(self, request: Request) -> None:
        """Remember that a request of this address brought a new profile about."""
        if not self._is_exempt(request):
            self._new_profiles.use(network_of(request.client), self._clock.monotonic())

    def _is_exempt(self, request: Request) -> bool:
        return request.is_local and not self._limits.rate_loopback

    def _check_secret(self, request: Request, source: Source, count: int) -> None:
        if request.header(b"origin"):
            raise refusals.secret_in_browser(source.id, count)
        known = self._catalog.source_secret(source.id)
        if known is None or not is_same(known, request.token_sha256):
            raise refusals.wrong_secret(source.id, count)
