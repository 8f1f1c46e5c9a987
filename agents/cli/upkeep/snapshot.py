"""`touchline snapshot`: the score table as files, to start a rebuild from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import fail, say, say_json

To = Annotated[Path, typer.Option("--to", help="Folder for the files; made if it is not there.", show_default=False)]


def snapshot(
    to: To, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, as_json: AsJson = False
) -> None:
    """Write each partition of the score table to a file, with the offset of the log it stands at.

    The stages may go on. The last two of each partition are kept. `touchline rebuild --from-snapshot` reads them.
    """
    from agents.clock import wall_ms
    from agents.snapshots.shelf import FolderShelf
    from agents.snapshots.snapshot import put
    from agents.snapshots.taking import read_settled
    from streams.topology import LEAD_STATE, name_of

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    table = name_of(LEAD_STATE, settings)
    shelf, taken, empty = FolderShelf(to), [], []
    for number, held in sorted(reach(settings, read_settled(settings)).items()):
        if held.control is None:
            empty.append(number)
        else:
            taken.append(put(shelf, table, number, held.control, held.encoded, wall_ms()))
    if not taken:
        fail(f"{table} holds no control record on any partition: nothing was scored yet")
    if as_json:
        say_json({"taken": taken, "empty": empty})
        return
    for one in taken:
        say(f"{to / one.name}: {one.leads} leads up to offset {one.applied}, {one.size} bytes")
    if empty:
        say(f"nothing was scored yet on partition {', '.join(map(str, empty))}")
