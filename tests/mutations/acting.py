"""What the shells must do in order, what may come in, and what must not get out."""

from tests.mutations.planted import Planted

FLUSH, PARTITION = "tests/pure/test_score_flush.py", "tests/pure/test_score_partition.py"
REDACTION, IDENTITY = "tests/pure/identify/test_redaction.py", "tests/pure/identify/test_identity.py"
ENTRIES, ADMISSION = "tests/pure/identify/test_log_entries.py", "tests/pure/identify/test_admission.py"
SCORE, ORDER = "agents/score.py", "tests/live/test_flush_order.py"

ACTING = (
    Planted(
        "outputs are durable before states",
        SCORE,
        "        # Outputs first:",
        "        await self._table.persist(folds, applied, self._out)\n        # Outputs first:",
        FLUSH,
    ),
    Planted(
        "states are durable before the acknowledgement",
        SCORE,
        "        await self._table.persist(folds, applied, self._out)\n        group.acknowledge()\n",
        "        group.acknowledge()\n        await self._table.persist(folds, applied, self._out)\n",
        FLUSH,
    ),
    Planted(
        "a gap in the log stops the stage",
        "agents/score_table.py",
        "if first != wanted or last - first + 1 != len(records):",
        "if first < wanted:",
        FLUSH,
    ),
    Planted(
        "of two writers the higher applied offset stays",
        "agents/table/score_partition.py",
        "if ours is None or theirs > applied_of(ours):",
        "if ours is None or theirs != applied_of(ours):",
        PARTITION,
    ),
    Planted(
        "a late control record does not turn the table back",
        "agents/table/score_partition.py",
        "if self.control is None or control.applied >= self.control.applied:",
        "if True:",
        PARTITION,
    ),
    Planted(
        "the last change of a busy lead has its card, also after a kill",
        "agents/table/cards_due.py",
        "return next(iter(self._due.values()), applied)",
        "return applied",
        "tests/pure/test_cards_due.py",
    ),
    Planted(
        "what a late writer left is written again",
        "agents/table/score_partition.py",
        "                    self.outdated.add(key)\n",
        "                    self.outdated.discard(key)\n",
        PARTITION,
    ),
    Planted(
        "the control record is the last of a flush",
        "agents/table/score_partition.py",
        "        number = self.number\n",
        "        number = self.number\n        yield number, CONTROL_KEY, _CONTROL_ENCODER.encode(control), []\n",
        FLUSH,
    ),
    Planted(
        "no address reaches the log",
        "streams/people/redaction.py",
        "        if _MAY_HOLD_EMAIL.search(text):\n",
        "        if _MAY_HOLD_EMAIL.fullmatch(text):\n",
        REDACTION,
    ),
    Planted(
        "no number reaches the log",
        "streams/people/redaction.py",
        "        if _MAY_HOLD_PHONE.search(text):\n",
        "        if _MAY_HOLD_PHONE.fullmatch(text):\n",
        REDACTION,
    ),
    Planted(
        "of a page only the path is kept",
        "streams/people/redaction.py",
        "            path = path[: beyond.start()]\n",
        "            path = path[: beyond.end()] + path[beyond.start() :]\n",
        REDACTION,
    ),
    Planted(
        "only properties on the keep-list reach the log",
        "streams/people/redaction.py",
        "if name in self._keep:",
        "if name:",
        REDACTION,
    ),
    Planted(
        "a text is scrubbed in linear time",
        "streams/people/redaction.py",
        'rf"(?<!{_PART}){_PART}+{_AT}{_PART}+"',
        'rf"{_PART}+{_AT}{_PART}+"',
        f"{REDACTION}::test_the_longest_text_is_scrubbed_within_seconds",
    ),
    Planted(
        "a hash cannot be tried without the secret",
        "streams/people/identity.py",
        "blake2b(key=secret, digest_size=16)",
        "blake2b(digest_size=16)",
        IDENTITY,
    ),
    Planted(
        "personal identities are hidden",
        "streams/people/identity.py",
        'clear = name == "lead" or (name.startswith("crm:") and not _may_be_personal(form))',
        'clear = name == "lead" or name.startswith(("crm:", "email"))',
        IDENTITY,
    ),
    Planted(
        "an id by which somebody is known is hidden",
        "streams/people/log_entries.py",
        'if "@" in given or "+" in given else given',
        'if given == "@" else given',
        ENTRIES,
    ),
    Planted(
        "contact details go to the profile alone",
        "streams/people/log_entries.py",
        "frozenset(declared - sensitive - CONTACT)",
        "frozenset(declared | CONTACT)",
        ENTRIES,
    ),
    Planted(
        "nobody's touch is from the future",
        "streams/people/admission.py",
        "    if ms > append_ms + DAY_MS:\n",
        "    if ms > append_ms + 99_999 * DAY_MS:\n",
        ADMISSION,
    ),
    Planted(
        "no detail tells a value",
        "streams/people/faults.py",
        'return name if _FIELD_NAME.fullmatch(name) else "one property"',
        "return name",
        "tests/pure/test_damaged.py",
    ),
    Planted(
        "a dead letter holds the bytes as they came",
        "agents/dead_letters.py",
        "return None, record.key, record.value, kept",
        'return None, record.key, (record.value or b"").strip(), kept',
        "tests/pure/test_damaged.py",
    ),
    Planted(
        "a lead is placed as Kafka's own clients place it",
        "agents/delivery/producer.py",
        "(murmur2(key) & 0x7FFFFFFF) % count",
        "murmur2(key) % count",
        "tests/pure/test_producer.py",
    ),
    Planted(
        "route acknowledges last",
        "agents/route.py",
        "        await write_dead_letters(self._out, unusable)\n",
        "        group.acknowledge()\n        await write_dead_letters(self._out, unusable)\n",
        ORDER,
        live=True,
    ),
)
