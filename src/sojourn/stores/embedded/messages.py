"""What a server and its materialiser say to each other, one line each.

The server writes a position: the journal is durable up to there. The materialiser answers how far it has come, or what
keeps it from coming further. When the server closes the pipe, the materialiser finishes and ends.
"""

from __future__ import annotations

import msgspec


class Progress(msgspec.Struct, frozen=True, array_like=True, tag="progress"):
    """How far the journal has been brought into the database, and how far that would survive a power cut."""

    position: int
    checkpointed: int


class Trouble(msgspec.Struct, frozen=True, array_like=True, tag="trouble"):
    """Why it cannot go on at the moment; it will try again."""

    reason: str


class Failure(msgspec.Struct, frozen=True, array_like=True, tag="failure"):
    """Why it can never go on."""

    reason: str


Message = Progress | Trouble | Failure

_decoder = msgspec.json.Decoder(Message)


def encode_message(message: Message) -> bytes:
    """The line that says it."""
    return msgspec.json.encode(message) + b"\n"


def decode_message(line: bytes) -> Message:
    """What a line says. Raises msgspec.ValidationError where it is no message."""
    message: Message = _decoder.decode(line)
    return message


def encode_position(position: int) -> bytes:
    """The line that says up to where the journal is durable."""
    return b"%d\n" % position


def latest_position(lines: bytes) -> tuple[int, bytes]:
    """The last position that these bytes say, 0 when none is complete; and what remains of an unfinished line."""
    *complete, rest = lines.split(b"\n")
    return (int(complete[-1]) if complete else 0), rest
