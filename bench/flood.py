"""An open loop, a process of its own: requests are sent when their time has come, whether or not others were answered.

So a server that is too slow gets no mercy, as in life; and the time that a request takes counts from the moment at
which it was due. Each waits on a connection of its own, and connections that have their answer are used again. The tool
shares the machine with the server, so it is cheap: requests are prepared, sockets are plain; and what it costs,
and how late it is itself, is told with what it saw. Jobs come as lines of JSON on stdin, answers go to stdout.
"""

from __future__ import annotations

import re
import select
import socket
import sys
import time
from collections import Counter
from itertools import cycle, islice
from statistics import median
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from sojourn.bench.payloads import templates
from sojourn.bench.scenarios import Scenario

PEOPLE = 500
PREPARED = 4_000
"""Different requests, sent again and again."""
PATIENCE_S = 10
"""Seconds that an answer may take before its request counts as broken."""
OPEN_MAX = 1_500
"""Requests under way at once, half as many again as the connections that a server takes; one beyond is never sent, and
counts as unsent."""

_TICK_S = 0.001
_RECEIVED_BYTES = 65_536
_OK = 200
_RETURNING = Scenario(connections=1, events=1, people="returning")
_NEW = Scenario(connections=1, events=1, people="new")


class Target(msgspec.Struct, frozen=True, tag="target"):
    """Where to send, once; some people are met there."""

    url: str
    source: str


class Lone(msgspec.Struct, frozen=True, tag="lone"):
    """Ask so many times, one after the other."""

    times: int


class Deluge(msgspec.Struct, frozen=True, tag="deluge"):
    """Send so many requests a second for so long."""

    requests_per_s: float
    seconds: float


class Flood(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a job. Times are p99, in milliseconds, where they are not said to be something else."""

    statuses: dict[int, int]
    kept_ms: float
    """From when a request was due to its 200."""
    kept_p50_ms: float
    kept_since_sent_ms: float
    """The same from when it was sent: the tool's own lateness is not in it."""
    refused_ms: float
    refused_since_sent_ms: float
    slowest_ms: list[float]
    """The times of all answers, where it was asked one after the other."""
    turn_ms: float
    """How long the tool may have left an answer unread."""
    untimed: int
    """Refusals without `Retry-After`."""
    broken: int
    """Requests without an answer."""
    unsent: int
    """Requests whose time came while all connections waited for their answer."""
    cpu_s: float
    """CPU time of the tool."""


def main() -> None:
    """Do the jobs that come in, one after the other."""
    job_of = msgspec.json.Decoder(Target | Lone | Deluge)
    visitors: _Visitors | None = None
    for line in sys.stdin.buffer:
        job = job_of.decode(line)
        if isinstance(job, Target):
            visitors = _Visitors(job)
            continue
        assert visitors is not None, "the target comes first"
        flood = visitors.lone(job.times) if isinstance(job, Lone) else visitors.deluge(job)
        sys.stdout.buffer.write(msgspec.json.encode(flood) + b"\n")
        sys.stdout.buffer.flush()


class _Seen:
    """What comes of a job, while it goes on."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.kept: list[tuple[float, float]] = []
        """Each since it was due, and since it was sent."""
        self.refused: list[tuple[float, float]] = []
        self.turns_s: list[float] = []
        self.untimed = self.broken = self.unsent = 0
        self._cpu_s = time.process_time()

    def note(self, head: bytes, since_due_s: float, since_sent_s: float) -> None:
        status = int(head[9:12])
        self.statuses[status] += 1
        if status == _OK:
            self.kept.append((since_due_s, since_sent_s))
        else:
            self.refused.append((since_due_s, since_sent_s))
            self.untimed += b"retry-after:" not in head

    def flood(self) -> Flood:
        return Flood(
            statuses=dict(self.statuses),
            kept_ms=_p99_ms([due for due, _ in self.kept]),
            kept_p50_ms=median(due for due, _ in self.kept) * 1000 if self.kept else 0.0,
            kept_since_sent_ms=_p99_ms([sent for _, sent in self.kept]),
            refused_ms=_p99_ms([due for due, _ in self.refused]),
            refused_since_sent_ms=_p99_ms([sent for _, sent in self.refused]),
            slowest_ms=[],
            turn_ms=_p99_ms(self.turns_s),
            untimed=self.untimed,
            broken=self.broken,
            unsent=self.unsent,
            cpu_s=time.process_time() - self._cpu_s,
        )


def _p99_ms(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1000 if seconds else 0.0


class _Connection:
    """One connection, on which one request at a time is asked."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)  # noqa: FBT003 - the name of the method says what
        self.socket.connect_ex(address)
        self.unsent = b""
        self.received = b""
        self.due = self.sent = 0.0

    def ask(self, request: bytes, due: float, now: float) -> None:
        self.unsent, self.received, self.due, self.sent = request, b"", due, now
        self.go_on()

    def go_on(self) -> None:
        """Send what is to be sent, as far as that is possible now."""
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self.unsent = b""  # Whoever has closed it has said why, or has not; the answer shows it.

    def answer(self) -> tuple[bytes, bytes] | None:
        """Head and body of the answer, when all of it is here. Raises OSError when it never comes."""
        try:
            piece = self.socket.recv(_RECEIVED_BYTES)
        except BlockingIOError:
            return None
        if not piece:
            raise ConnectionResetError
        received = self.received = self.received + piece
        end = received.find(b"\r\n\r\n")
        told = _LENGTH.search(received, 0, end + 2) if end > 0 else None
        if told is None or len(received) < end + 4 + int(told[1]):
            return None
        return received[:end].lower(), received[end + 4 :]


_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class _Visitors:
    """People that the server knows, and their connections."""

    def __init__(self, target: Target) -> None:
        address = urlsplit(target.url)
        self._address = (address.hostname or "", address.port or 80)
        self._poll = select.epoll()
        self._idle: list[_Connection] = []
        self._under_way: dict[int, _Connection] = {}
        host = f"{self._address[0]}:{self._address[1]}"
        first = templates(_NEW, host=host, source=target.source)
        people = []
        for number in range(PEOPLE):
            body = self._ask(first[number % len(first)] % _told(session=str(uuid4())), _Seen())
            answer = msgspec.json.decode(body)
            people.append(_told(session=answer["session"]["id"], profile=answer["profile"]["id"]))
        again = templates(_RETURNING, host=host, source=target.source)
        pairs = zip(cycle(again), islice(cycle(people), PREPARED), strict=False)
        self._requests = cycle([template % who for template, who in pairs])

    def lone(self, times: int) -> Flood:
        seen = _Seen()
        for _ in range(times):
            self._ask(next(self._requests), seen)
        flood = seen.flood()
        every = sorted(due * 1000 for due, _ in (*seen.kept, *seen.refused))
        return msgspec.structs.replace(flood, slowest_ms=every[::-1])

    def deluge(self, job: Deluge) -> Flood:
        seen = _Seen()
        begin = turn = time.monotonic()
        asked = 0
        whole = int(job.seconds * job.requests_per_s)
        while asked < whole or self._under_way:
            now = time.monotonic()
            seen.turns_s.append(now - turn)
            turn = now
            due = min(whole, int((now - begin) * job.requests_per_s))
            for number in range(asked, due):
                self._begin(begin + number / job.requests_per_s, now, seen)
            asked = due
            self._take(seen, _TICK_S)
            if now > begin + job.seconds + PATIENCE_S:
                self._give_up(seen)
        return seen.flood()

    def _ask(self, request: bytes, seen: _Seen) -> bytes:
        """One request, whose body of the answer is wanted."""
        now = time.monotonic()
        connection = self._connection()
        connection.ask(request, now, now)
        self._under_way[connection.socket.fileno()] = connection
        while self._under_way and time.monotonic() < now + PATIENCE_S:
            for _, body in self._take(seen, PATIENCE_S):
                return body
        self._give_up(seen)
        return b""

    def _begin(self, due: float, now: float, seen: _Seen) -> None:
        if len(self._under_way) >= OPEN_MAX:
            seen.unsent += 1
            return
        connection = self._connection()
        connection.ask(next(self._requests), due, now)
        self._under_way[connection.socket.fileno()] = connection
        if connection.unsent:
            self._poll.modify(connection.socket, select.EPOLLIN | select.EPOLLOUT)

    def _connection(self) -> _Connection:
        if self._idle:
            return self._idle.pop()
        connection = _Connection(self._address)
        self._poll.register(connection.socket, select.EPOLLIN)
        return connection

    def _take(self, seen: _Seen, wait_s: float) -> list[tuple[bytes, bytes]]:
        """Take down the answers that have come."""
        answers = []
        for descriptor, what in self._poll.poll(wait_s):
            connection = self._under_way.get(descriptor)
            if connection is None:
                self._forget_idle(descriptor)
                continue
            if what & select.EPOLLOUT and connection.unsent:
                connection.go_on()
                if not connection.unsent:
                    self._poll.modify(connection.socket, select.EPOLLIN)
            if not what & ~select.EPOLLOUT:
                continue
            try:
                answer = connection.answer()
            except OSError:
                seen.broken += 1
                self._drop(self._under_way.pop(descriptor))
                continue
            if answer is not None:
                self._answered(self._under_way.pop(descriptor), answer[0], seen)
                answers.append(answer)
        return answers

    def _answered(self, connection: _Connection, head: bytes, seen: _Seen) -> None:
        now = time.monotonic()
        seen.note(head, now - connection.due, now - connection.sent)
        if b"connection: close" in head:
            self._drop(connection)
        else:
            self._idle.append(connection)

    def _forget_idle(self, descriptor: int) -> None:
        """The server has closed a connection that nobody used."""
        for connection in self._idle:
            if connection.socket.fileno() == descriptor:
                self._idle.remove(connection)
                self._drop(connection)
                return

    def _give_up(self, seen: _Seen) -> None:
        seen.broken += len(self._under_way)
        for connection in self._under_way.values():
            self._drop(connection)
        self._under_way.clear()

    def _drop(self, connection: _Connection) -> None:
        self._poll.unregister(connection.socket)
        connection.socket.close()


def _told(*, session: str, profile: str = "") -> dict[bytes, bytes]:
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()).encode()
    return {b"session": session.encode(), b"profile": profile.encode(), b"fresh": b"", b"now": now}


if __name__ == "__main__":
    main()
