"""Run one kind of trial on many numbers: `python -m tests.simulation memory --count 10000`.

Prints every number in whose world a promise was broken, with what the auditor found, and ends with 1 if there was one;
of the control, with 1 if there was none. `--first N --count 1` goes through one world again. Where a store has threads
of its own, their steps may fall otherwise each time, so that such a number can need several tries.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import traceback

import structlog

from sojourn.stores.embedded import materialiser
from tests.simulation import sqlite_disk
from tests.simulation.trials import Kind, SweepOver, kinds

SHOWN_MAX = 5
FAILURES_MAX = 10
"""Numbers with findings after which no more are tried."""


def main(arguments: list[str]) -> int:
    every = kinds(sqlite_disk.install())
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Look for broken promises.")
    parser.add_argument("kind", choices=every)
    parser.add_argument("--first", type=int, default=1, help="the first seed, or the first call of a sweep")
    parser.add_argument("--count", type=int, default=1_000_000, help="how many numbers are tried at most")
    parser.add_argument("--step", type=int, default=1, help="every how manieth number is tried")
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # Checkpoints, at which the journal may forget, come all the time.
    materialiser.WAL_PAGES_MAX = 48
    kind = every[asked.kind]
    began = time.monotonic()
    tried, failed = run(kind, range(asked.first, asked.first + asked.count * asked.step, asked.step))
    took_s = time.monotonic() - began
    print(f"{asked.kind}: {tried} tried from {asked.first} on, {failed} with findings, {took_s:.0f} s")
    return int(failed == 0) if kind.is_control else int(failed > 0)


def run(kind: Kind, numbers: range) -> tuple[int, int]:
    """Try them all; how many were tried, and how many of them had findings."""
    tried = failed = 0
    for number in numbers:
        try:
            found = kind.trial(number)
        except SweepOver:
            break
        except Exception:  # noqa: BLE001 - whatever comes out of a world is a finding
            found = [traceback.format_exc()]
        tried += 1
        if found:
            failed += 1
            if not kind.is_control:
                print(f"{number}:", *found[:SHOWN_MAX], sep="\n  ", flush=True)
        if failed == FAILURES_MAX and not kind.is_control:
            break
    return tried, failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
