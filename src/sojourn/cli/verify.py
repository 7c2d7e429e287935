"""`sojourn verify`: can everything in the data folder be read back as it was written?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sojourn.cli.failures import CommandFailed
from sojourn.cli.folder import require_data
from sojourn.cli.options import Data, Json, settings_for
from sojourn.cli.output import hint, write_json, write_table

PeopleMax = Annotated[int, Parameter(metavar="N", help="How many people are folded anew, taken from all over.")]


def verify(*, people: PeopleMax = 1_000, data: Data = None, as_json: Json = False) -> int:
    """Check that the data folder holds what was written, and that it agrees with itself.

    Every record of the journal and every page of the database is read; then people are compared with what is recorded
    of them, and the counts of each source with its events.

    It works while a server runs on the folder, and while none does. What is wrong is told with its file and the place
    in it, and the exit code is 1.

    Examples:
        sojourn verify
        sojourn verify --people 1000000
        sojourn verify --data /backup/sojourn-data --json
    """
    from sojourn.stores.embedded.errors import UnreadableFolder
    from sojourn.stores.embedded.verify import verify_folder

    folder = Path(settings_for(data=data).data)
    require_data(folder)
    try:
        findings = verify_folder(folder, people_max=people)
    except (UnreadableFolder, OSError) as error:
        raise CommandFailed(f"The folder cannot be checked: {error}") from error
    if as_json:
        write_json(findings)
    elif findings:
        write_table(
            ("file", "offset", "problem"), ((str(found.file), found.offset, found.problem) for found in findings)
        )
    hint("The folder is not whole." if findings else "Everything in the folder is as it was written.")
    return 1 if findings else 0
