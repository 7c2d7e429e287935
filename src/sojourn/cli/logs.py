"""Log lines go to stderr: one JSON object a line for machines, aligned and coloured for people."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

import msgspec
import structlog
from rich.console import Console

from sojourn.config import LogFormat, LogLevel
from sojourn.system import SystemClock

if TYPE_CHECKING:
    from structlog.typing import Processor


def log_to_stderr(level: LogLevel, form: LogFormat) -> None:
    """Let our own lines be written from this level on, and of those of the packages that we use only what matters."""
    number = logging.getLevelNamesMapping()[level.upper()]
    told: list[Processor] = [structlog.processors.add_log_level, _add_time]
    *more, render = _writers(form)
    structlog.configure(
        processors=[*told, *more, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Patient(sys.stderr))),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=render, foreign_pre_chain=[*told, *more]))
    logging.basicConfig(handlers=[handler], level=number if level == "debug" else logging.WARNING, force=True)


class _Patient:
    """A stream whose writer goes on when it takes nothing more, as on a full disk: only lines are lost then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _writers(form: LogFormat) -> list[Processor]:
    console = Console(file=sys.stderr)
    if form == "json" or (form == "auto" and not console.is_terminal):
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    return [structlog.dev.ConsoleRenderer(colors=console.is_terminal and not console.no_color)]


def _json(line: object, **_: object) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()


def _add_time(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line["at"] = SystemClock().now().isoformat()
    return line
