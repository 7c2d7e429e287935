"""Have many bodies decoded: `python -m tests.fuzz --cases 2000000 --seed 7`.

Prints every body that is neither taken nor refused, how the others ended, and what the memory did; ends with 1 if there
was a finding, or the memory has grown since the first tenth.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.decoder import findings

PARTS = 10
GROWTH_MIB_MAX = 16.0
SHOWN_BYTES = 400
FINDINGS_MAX = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Look for bodies that break the decoder.")
    parser.add_argument("--cases", type=int, default=2_000_000, help="how many bodies")
    parser.add_argument("--seed", type=int, default=None, help="of the bodies; without it, a new one")
    asked = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    print(f"Seed {seed}.", flush=True)
    began, found, ends = time.monotonic(), 0, Counter[str]()
    memory_mib: list[float] = []
    for part in range(PARTS):
        for finding in findings(seed * PARTS + part, asked.cases // PARTS, ends):
            print(f"{finding.what}: {finding.body[:SHOWN_BYTES]!r}", flush=True)
            found += 1
            if found == FINDINGS_MAX:
                return 1
        memory_mib.append(resident_mib())
    grown_mib = memory_mib[-1] - memory_mib[0]
    told = ", ".join(f"{count:,} x {end}" for end, count in ends.most_common())
    print(f"{told}; {found} findings; {grown_mib:+.1f} MiB; {time.monotonic() - began:.0f} s")
    return int(found > 0 or grown_mib > GROWTH_MIB_MAX)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096 / (1 << 20)


if __name__ == "__main__":
    sys.exit(main())
