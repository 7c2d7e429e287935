"""The real meter: Prometheus metrics under `sojourn_*`, documented in docs/reference/metrics.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from sojourn.core.changes import Tally
from sojourn.ports.meter import Meter

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class PrometheusMeter:
    """Counts into a registry of its own, so that several servers can live in one process."""

    def __init__(self) -> None:
        """Start at zero: metrics count since the process began, `/api/v1/outcomes` since the data folder was made."""
        self._registry = CollectorRegistry()
        registry = self._registry
        self._events = Counter(
            "sojourn_events", "Events by how they ended and why.", ("outcome", "reason"), registry=registry
        )
        self._requests = Counter(
            "sojourn_requests_decided", "Requests that were decided and committed.", registry=registry
        )
        self._batch = Histogram("sojourn_batch_requests", "Requests in one batch.", buckets=_SIZES, registry=registry)
        self._decide = Histogram(
            "sojourn_decide_seconds", "Loading facts and deciding, a batch.", buckets=_SECONDS, registry=registry
        )
        self._commit = Histogram(
            "sojourn_commit_seconds", "Committing a batch durably.", buckets=_SECONDS, registry=registry
        )
        self._again = Counter("sojourn_decided_again", "Batches decided again on fresh facts.", registry=registry)
        self._dropped = Counter(
            "sojourn_quarantine_dropped_events", "The oldest events of a full quarantine, dropped.", registry=registry
        )
        self._lapsed = Counter(
            "sojourn_reviews_lapsed", "The oldest of too many open reviews, dropped.", registry=registry
        )
        self._queue = Gauge("sojourn_queue_requests", "Requests that wait to be decided.", registry=registry)

    def batch_committed(self, *, requests: int, events: int, decide_s: float, commit_s: float) -> None:
        """One batch went through."""
        self._requests.inc(requests)
        self._batch.observe(requests)
        self._decide.observe(decide_s)
        self._commit.observe(commit_s)

    def events_ended(self, tallies: Iterable[Tally]) -> None:
        """So many events ended in these ways."""
        for tally in tallies:
            self._events.labels(tally.outcome.fate.value, tally.outcome.reason).inc(tally.count)

    def decided_again(self) -> None:
        """The facts of a batch were stale."""
        self._again.inc()

    def quarantine_dropped(self, events: int) -> None:
        """So many of the oldest events had to leave the quarantine."""
        self._dropped.inc(events)

    def reviews_lapsed(self, reviews: int) -> None:
        """So many of the oldest open reviews had to make room."""
        self._lapsed.inc(reviews)

    def queue_changed(self, *, requests: int) -> None:
        """The collector's queue has this length now."""
        self._queue.set(requests)

    def watch(self, *, lag_bytes: Callable[[], int], body_bytes: Callable[[], int]) -> None:
        """Show how much of the journal waits to be materialised, and how much room bodies take, whenever it is read."""
        for name, meaning, ask in (
            ("sojourn_journal_lag_bytes", "Bytes of the journal that wait to be materialised.", lag_bytes),
            ("sojourn_queue_bytes", "Bytes of the bodies that arrive or wait.", body_bytes),
        ):
            Gauge(name, meaning, registry=self._registry).set_function(ask)

    def render(self) -> bytes:
        """All metrics in Prometheus' text form."""
        return generate_latest(self._registry)


_claims: type[Meter] = PrometheusMeter
