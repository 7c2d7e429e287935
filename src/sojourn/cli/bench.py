"""`sojourn bench`: how fast is Sojourn on this machine?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from sojourn.cli.failures import CommandFailed
from sojourn.cli.options import Json
from sojourn.cli.output import hint, write, write_json


def bench(
    *,
    quick: bool = False,
    connections: Annotated[int | None, Parameter(validator=validators.Number(gte=1, lte=1_000))] = None,
    events: Annotated[int | None, Parameter(validator=validators.Number(gte=1, lte=500))] = None,
    where: Path | None = None,
    as_json: Json = False,
) -> None:
    """Measure how fast Sojourn is on this machine.

    A server of its own gets what pages of a shop would send, from a load tool beside it. Each row is one kind of
    traffic; `floor` is what the same machine does when the same server answers without doing anything. It takes three
    minutes, and needs Linux. What it writes is removed again; your own data is not touched.

    Args:
        quick: One short round for each kind of traffic: to see whether anything has gone wrong, not to compare.
        connections: Clients at once; without it, each of 1, 32 and 256.
        events: Events in a request; without it, each of 1 and 20.
        where: A folder on the disk to measure; without it, the one for temporary files.

    Examples:
        sojourn bench
        sojourn bench --where /var/lib/sojourn
        sojourn bench --quick --connections 32 --json
    """
    from sojourn.bench.run import plan_of, run
    from sojourn.bench.scenarios import matrix
    from sojourn.bench.servers import CannotMeasure

    try:
        measurement = run(
            matrix(connections=connections, events=events), plan_of(quick=quick), where, hint if as_json else write
        )
    except CannotMeasure as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(f"The folder cannot be used: {error}.", "Choose another one with --where.") from error
    if as_json:
        write_json(measurement)
