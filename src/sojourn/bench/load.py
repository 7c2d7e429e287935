"""The load tool, a process of its own: jobs as lines of JSON on stdin, what came of each on stdout.

A closed loop: every connection sends, waits for the answer and sends again, so what is offered is what is answered.
The tool must cost less than the server that it measures; it tells its own CPU time with every round.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from array import array
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from typing import NoReturn, cast

import msgspec
import uvloop
from msgspec.structs import replace

from sojourn.bench.payloads import ID_CHARS, templates
from sojourn.bench.scenarios import MIXED_NEW_EVERY, Kind, Scenario
from sojourn.bench.visitors import Who, drawn, in_turn

PATIENCE_S = 10
"""Seconds that an answer may take before its request counts as broken."""

REFUSED_PAUSE_S = 0.05
"""Seconds that a client pauses after any answer but 200; at once would be an attack, not a load."""

_MEETING_CONNECTIONS = 32
_MEETING_S = 30


class Target(msgspec.Struct, frozen=True, kw_only=True, tag="target"):
    """Where to send from now on, and how many people to meet there first, for scenarios with returning people."""

    host: str
    port: int
    source: str
    people: int
    plain_people: int = 0
    """Those of plain scenarios."""
    prepared: int = 0
    """How many people its data folder was prepared with; where there are any, they are the ones who return."""


class Round(msgspec.Struct, frozen=True, kw_only=True, tag="round"):
    """Send so for some seconds. Connections stay open for the next round."""

    scenario: Scenario
    seconds: float


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """How many people are known by session and profile, and what was answered otherwise than with 200."""

    people: int
    refused: dict[str, int]
    broken: int


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a round. `requests` were answered with 200, and the latencies are theirs."""

    requests: int
    seconds: float
    """From the first request to the last answer."""
    p50_ms: float
    p99_ms: float
    cpu_s: float
    """CPU time of this tool."""
    refused: dict[str, int]
    """Answers of any other status."""
    broken: int
    """Requests without an answer: the connection was lost, or nothing came in time."""


def main() -> None:
    """Do the jobs that come in, one after the other."""
    job_of = msgspec.json.Decoder(Target | Round)
    crowd: Crowd | None = None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin.buffer:
            result: Met | Answers
            match job_of.decode(line):
                case Target() as target:
                    crowd = Crowd(target)
                    result = runner.run(crowd.meet())
                case Round() as job:
                    if crowd is None:
                        _fail("A round needs a target first.")
                    result = runner.run(crowd.send(job.scenario, job.seconds))
            sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
            sys.stdout.buffer.flush()


class Crowd:
    """Clients of one server: their connections, and the ids that it gave them."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._clients: list[Client] = []
        self._people: dict[Kind, list[Who]] = {"told": [], "plain": []}
        self._nonce = f"{time.time_ns() & 0xFFFF_FFFF_FFFF:012x}"
        self._fresh_count = 0

    async def meet(self) -> Met:
        """Come as newcomers until so many people are known as the target asks for, or no more are to be had."""
        met = [await self._meet(self._target.people, "told"), await self._meet(self._target.plain_people, "plain")]
        return Met(
            people=sum(len(people) for people in self._people.values()),
            refused=dict(sum((Counter(answers.refused) for answers in met), Counter())),
            broken=sum(answers.broken for answers in met),
        )

    async def _meet(self, count: int, kind: Kind) -> Answers:
        people = self._people[kind]

        def remember(body: bytes) -> None:
            answer = msgspec.json.decode(body, type=_Ids)
            people.append({b"session": answer.session.id.encode(), b"profile": answer.profile.id.encode()})
            if len(people) >= count:
                under_way.stop()

        newcomers = Scenario(connections=_MEETING_CONNECTIONS, events=1, people="new", kind=kind)
        under_way = _UnderWay(self._requests(newcomers), _MEETING_S, remember)
        if count:
            await self._carry_out(under_way, newcomers.connections)
        if any(len(value) != ID_CHARS for who in people for value in who.values()):
            _fail(f"The requests are prepared for ids of {ID_CHARS} characters; the server gave others.")
        return under_way.answers()

    async def send(self, scenario: Scenario, seconds: float) -> Answers:
        """One round."""
        under_way = _UnderWay(self._requests(scenario), seconds)
        await self._carry_out(under_way, scenario.connections)
        return under_way.answers()

    async def _carry_out(self, under_way: _UnderWay, connections: int) -> None:
        while len(self._clients) > connections:
            self._clients.pop().close()
        loop = asyncio.get_running_loop()
        while len(self._clients) < connections:
            _, client = await loop.create_connection(
                lambda: Client(self._clients.remove), self._target.host, self._target.port
            )
            self._clients.append(client)
        under_way.start(self._clients)
        if not await under_way.finished(PATIENCE_S):
            for client in self._clients:
                client.close()
            self._clients = []

    def _requests(self, scenario: Scenario) -> Callable[[], bytes]:
        """What makes the next request of a scenario."""
        match scenario.people:
            case "new":
                return self._first_requests(scenario)
            case "returning":
                return self._further_requests(scenario)
            case "mixed":
                return self._mixed_requests(scenario)

    def _mixed_requests(self, scenario: Scenario) -> Callable[[], bytes]:
        first = self._first_requests(replace(scenario, people="new"))
        further = self._further_requests(replace(scenario, people="returning"))
        turns = cycle([first, *[further] * (MIXED_NEW_EVERY - 1)])

        def request() -> bytes:
            return next(turns)()

        return request

    def _first_requests(self, scenario: Scenario) -> Callable[[], bytes]:
        next_template = self._next_template(scenario)

        def request() -> bytes:
            fresh = self._fresh_id()
            return next_template() % {b"session": fresh, b"fresh": fresh, b"now": _now()}

        return request

    def _further_requests(self, scenario: Scenario) -> Callable[[], bytes]:
        next_template = self._next_template(scenario)
        met, prepared = self._people[scenario.kind], self._target.prepared
        if not met and not prepared:
            _fail("Nobody has been met who could return.")
        next_who = drawn(prepared, scenario.hot_share) if prepared else in_turn(met, scenario.hot_share)

        def request() -> bytes:
            return next_template() % {**next_who(), b"fresh": self._fresh_id(), b"now": _now()}

        return request

    def _next_template(self, scenario: Scenario) -> Callable[[], bytes]:
        host = f"{self._target.host}:{self._target.port}"
        return cycle(templates(scenario, host=host, source=self._target.source)).__next__

    def _fresh_id(self) -> bytes:
        """An id in the form of a UUID. Like random ones they lie anywhere in an index, and are cheaper to make."""
        self._fresh_count += 1
        bits = f"{(self._fresh_count * 0x9E37_79B9_7F4A_7C15) & 0xFFFF_FFFF_FFFF_FFFF:016x}"
        return f"{bits[:8]}-{bits[8:12]}-4{bits[12:15]}-a{bits[15]}00-{self._nonce}".encode()


class _Id(msgspec.Struct, frozen=True):
    id: str


class _Ids(msgspec.Struct, frozen=True):
    profile: _Id
    session: _Id


class _UnderWay:
    """A round while it lasts."""

    def __init__(
        self, request: Callable[[], bytes], seconds: float, on_kept: Callable[[bytes], None] | None = None
    ) -> None:
        self.request = request
        self._seconds = seconds
        self._on_kept = on_kept
        self._latencies_ns = array("Q")
        self._refused: Counter[str] = Counter()
        self._broken = 0
        self._waiting: set[Client] = set()
        self._over = asyncio.Event()
        self._started_ns = self._ended_ns = self._deadline_ns = 0
        self._started_cpu_s = self._cpu_s = 0.0

    def start(self, clients: list[Client]) -> None:
        """Let every client send its first request."""
        self._started_cpu_s = time.process_time()
        self._started_ns = time.perf_counter_ns()
        self._deadline_ns = self._started_ns + int(self._seconds * 1e9)
        self._waiting = set(clients)
        for client in clients:
            client.ask(self)

    def stop(self) -> None:
        """Send nothing more."""
        self._deadline_ns = 0

    async def finished(self, patience_s: float) -> bool:
        """Wait for the last answer; False when some did not come in time, which then count as broken."""
        try:
            await asyncio.wait_for(self._over.wait(), self._seconds + patience_s)
        except TimeoutError:
            self._broken += len(self._waiting)
            self._waiting.clear()
            self._end()
            return False
        return True

    def answered(self, client: Client, status: bytes, body: bytes, asked_ns: int) -> None:
        """Take down one answer, and let the client send again while there is time."""
        now_ns = time.perf_counter_ns()
        is_kept = status == b"200"
        if is_kept:
            self._latencies_ns.append(now_ns - asked_ns)
            if self._on_kept:
                self._on_kept(body)
        else:
            self._refused[status.decode("latin-1")] += 1
        if now_ns >= self._deadline_ns:
            self._leave(client)
        elif is_kept:
            client.ask(self)
        else:
            asyncio.get_running_loop().call_later(REFUSED_PAUSE_S, client.ask, self)

    def lost(self, client: Client) -> None:
        """Take down a client whose connection is gone; it does not come back."""
        if client in self._waiting:
            self._broken += 1
            self._leave(client)

    def answers(self) -> Answers:
        """What came of it."""
        ordered = sorted(self._latencies_ns)
        return Answers(
            requests=len(ordered),
            seconds=(self._ended_ns - self._started_ns) / 1e9,
            p50_ms=_quantile_ms(ordered, 0.5),
            p99_ms=_quantile_ms(ordered, 0.99),
            cpu_s=self._cpu_s,
            refused=dict(self._refused),
            broken=self._broken,
        )

    def _leave(self, client: Client) -> None:
        self._waiting.discard(client)
        if not self._waiting:
            self._end()

    def _end(self) -> None:
        self._ended_ns = time.perf_counter_ns()
        self._cpu_s = time.process_time() - self._started_cpu_s
        self._over.set()


class Client(asyncio.Protocol):
    """One connection. It reads just as much HTTP as the answers of the tracker need."""

    def __init__(self, forget: Callable[[Client], None]) -> None:
        self._forget: Callable[[Client], None] | None = forget
        self._under_way: _UnderWay | None = None
        self._transport: asyncio.Transport | None = None
        self._asked_ns = 0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Know what to write to."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class.

    def ask(self, under_way: _UnderWay) -> None:
        """Send the next request."""
        self._under_way = under_way
        if self._transport is None:
            under_way.lost(self)
            return
        request = under_way.request()
        self._asked_ns = time.perf_counter_ns()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer, and pass the answer on once it is whole."""
        data = self._received + data
        head_end = data.find(b"\r\n\r\n")
        if head_end < 0:
            self._received = data
            return
        told = _CONTENT_LENGTH.search(data, 0, head_end + 2)
        body_at = head_end + 4
        missing = body_at + int(told[1]) - len(data) if told else -1
        if missing > 0:
            self._received = data
        elif missing < 0 or self._under_way is None:
            self.close()  # Nothing that the tracker would send.
        else:
            self._received = b""
            self._under_way.answered(self, data[9:12], data[body_at:], self._asked_ns)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever counts on it."""
        self._transport = None
        if self._forget:
            self._forget(self)
        if self._under_way:
            self._under_way.lost(self)

    def close(self) -> None:
        """End the connection; whoever closes it knows already."""
        self._forget = None
        if self._transport:
            self._transport.abort()


_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


def _now() -> bytes:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


def _quantile_ms(ordered_ns: list[int], share: float) -> float:
    if not ordered_ns:
        return 0.0
    return ordered_ns[min(len(ordered_ns) - 1, int(share * len(ordered_ns)))] / 1e6


def _fail(why: str) -> NoReturn:
    sys.exit(f"sojourn.bench.load: {why}")


if __name__ == "__main__":
    main()
