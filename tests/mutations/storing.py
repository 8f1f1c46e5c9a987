"""What a store on disk must keep, and when it must not be believed."""

from tests.mutations.planted import Planted

STORE, STATES = "agents/table/stores/rocks_store.py", "agents/table/stores/rocks_states.py"
FITNESS, DUE = "agents/table/stores/store.py", "agents/table/stores/due_leads.py"
PREFIX, TROUBLE = "tests/pure/test_rocks_store.py", "tests/pure/test_rocks_faults.py"
ON_DISK = "tests/pure/test_due_on_disk.py"

STORING = (
    Planted(
        "states and bookmark are one write",
        STORE,
        "            self._db.write(batch)\n",
        "            self._db.put(BOOKMARK_KEY, _ENCODER.encode(mark))\n            self._db.write(batch)\n",
        PREFIX,
    ),
    Planted(
        "what a late writer left is known after a restart",
        STORE,
        "outdated=sorted(outdated)",
        "outdated=[]",
        PREFIX,
    ),
    Planted(
        "a store that only read a part of its changelog grows no younger",
        STORE,
        "        if at_end:\n",
        "        if at_end or True:\n",
        PREFIX,
    ),
    Planted(
        "a changelog made anew is not read on",
        FITNESS,
        "    if mark.table_id != table.generation:\n",
        "    if mark.table_id == table.generation == '':\n",
        PREFIX,
    ),
    Planted(
        "damage met in reading is noted for the next start",
        STATES,
        "            (self._folder / DAMAGED).touch()\n",
        "            pass\n",
        TROUBLE,
    ),
    Planted(
        "a snapshot of fewer leads than there are is none",
        STATES,
        "        if count != self._leads:\n",
        "        if count > self._leads:\n",
        TROUBLE,
    ),
    Planted(
        "what no log holds is on disk before the first write that is logged",
        STORE,
        "            self._db.flush()\n",
        "",
        PREFIX,
    ),
    Planted(
        "a deadline on disk that a flush under way has moved is not believed",
        DUE,
        "                if due[1] not in waiting:\n",
        "                if True:\n",
        ON_DISK,
    ),
    Planted(
        "damage on disk hides none of the leads and deadlines behind it",
        STATES,
        "    at.status()\n",
        "",
        TROUBLE,
    ),
)
