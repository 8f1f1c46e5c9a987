"""What the fold decides: repeats, windows, sums, handoffs."""

from tests.mutations.planted import Planted

_AT = "tests/pure/"
FOLD, SCORES, HANDOFFS = f"{_AT}test_fold.py", f"{_AT}test_fold_scores.py", f"{_AT}test_fold_handoffs.py"
PROPERTIES, COUNTING, VELOCITY = f"{_AT}test_fold_properties.py", f"{_AT}test_counting.py", f"{_AT}test_velocity.py"
FUZZ, GUARDS = f"{_AT}test_fuzz.py", f"{_AT}test_fold_guards.py"
REPEATS = "streams/scoring/repeats.py"
ENGAGEMENT = "streams/scoring/engagement.py"

DECIDING = (
    Planted(
        "a record the table holds is passed over",
        "streams/fold.py",
        "if record.offset <= done:",
        "if record.offset < done:",
        f"{FOLD}::test_what_the_table_holds_is_passed_over",
    ),
    Planted(
        "our own re-emissions are known by their coordinates",
        REPEATS,
        "if origin.offset <= highest[1] and origin.append_ms <= highest[0]:",
        "if origin.offset < highest[1] and origin.append_ms < highest[0]:",
        FOLD,
    ),
    Planted(
        "a recreated topic is no repeat",
        REPEATS,
        "if origin.offset <= highest[1] and origin.append_ms <= highest[0]:",
        "if origin.offset <= highest[1]:",
        FOLD,
    ),
    Planted("a producer's retry counts once", REPEATS, "    if key in seen:\n", "    if key is seen:\n", FOLD),
    Planted(
        "ids are remembered for a day",
        REPEATS,
        "if len(seen) < KEEP_IDS and seen[oldest] >= minute - KEEP_MINUTES:",
        "if len(seen) < KEEP_IDS and seen[oldest] >= minute:",
        f"{_AT}test_repeats.py",
    ),
    Planted(
        "at most a thousand ids are kept",
        REPEATS,
        "if len(seen) < KEEP_IDS and",
        "if len(seen) >= 0 and",
        f"{_AT}test_repeats.py",
    ),
    Planted(
        "a window is open at its start",
        "streams/scoring/counting.py",
        "bisect_right(times, at_ms - self._window_ms)",
        "bisect_right(times, at_ms - self._window_ms - 1)",
        COUNTING,
    ),
    Planted(
        "a burst's window is open at its start",
        "streams/scoring/velocity.py",
        "times[i + 1 - rule.count] > times[i] - rule.within_ms",
        "times[i + 1 - rule.count] >= times[i] - rule.within_ms",
        f"{VELOCITY} {SCORES}",
    ),
    Planted(
        "a burst is over when it has lasted",
        "streams/scoring/velocity.py",
        "at_ms < seen.fired[last - 1] + rule.lasts_ms",
        "at_ms <= seen.fired[last - 1] + rule.lasts_ms",
        f"{VELOCITY} {SCORES}",
    ),
    Planted(
        "a surge's window is open at its start",
        "streams/scoring/velocity.py",
        "while end >= 0 and times[end] > opens:",
        "while end >= 0 and times[end] >= opens:",
        f"{VELOCITY} {SCORES}",
    ),
    Planted(
        "old points fade by their half-life",
        "streams/scoring/counting.py",
        "            counted.sum *= exp2(-ahead)\n",
        "",
        COUNTING,
    ),
    Planted(
        "of a day the earliest touches count",
        "streams/scoring/counting.py",
        "        last = times.pop()\n",
        "        last = times.pop(0)\n",
        f"{COUNTING} {PROPERTIES}",
    ),
    Planted(
        "a limit of a rule is a line of its own",
        ENGAGEMENT,
        "        told.extend(_cut(name, bounded - points, rule.limit))\n",
        "",
        GUARDS,
    ),
    Planted(
        "a limit of a group is a line of its own",
        ENGAGEMENT,
        "        told.extend(_cut(group, bounded - points, judge.groups.get(group)))\n",
        "",
        SCORES,
    ),
    Planted(
        "bursts stand in the breakdown",
        ENGAGEMENT,
        '            told.append((name, burst.points, f"',
        '            len((name, burst.points, f"',
        GUARDS,
    ),
    Planted(
        "what time takes is a line of the ledger",
        "streams/fold.py",
        "            book.time(Dimension.ENGAGEMENT, now - state.engagement, now)\n",
        "            book.time(Dimension.ENGAGEMENT, 0, now)\n",
        PROPERTIES,
    ),
    Planted(
        "a late touch moves the clock of nobody",
        "streams/fold.py",
        "    if event.at_ms > state.as_of_ms:\n",
        "    if event.at_ms != state.as_of_ms:\n",
        GUARDS,
    ),
    Planted(
        "an event that cannot be applied leaves nothing of itself",
        "streams/fold.py",
        "            state = _as_before(records, index, leads, judge, folded)\n",
        "            len(_as_before(records, index, leads, judge, folded).seen)\n",
        GUARDS,
    ),
    Planted(
        "an event that cannot be applied is refused, not met",
        "streams/fold.py",
        "        except FAULTS as fault:\n",
        "        except ArithmeticError as fault:\n",
        FOLD,
    ),
    Planted(
        "a flood is set aside",
        "streams/fold.py",
        "if told is not None and state.flooded:",
        "if told is not None and state.flooded is None:",
        FOLD,
    ),
    Planted(
        "a handoff that stands open is the only one",
        "streams/handoff/ripeness.py",
        "    if is_open(state):\n",
        "    if state.held:\n",
        f"{HANDOFFS} {FOLD} {PROPERTIES}",
    ),
    Planted(
        "nobody is handed off again before falling",
        "streams/handoff/ripeness.py",
        "(not state.armed or state.as_of_ms",
        "(state.as_of_ms",
        HANDOFFS,
    ),
    Planted(
        "nobody is handed off again before the wait is over",
        "streams/handoff/ripeness.py",
        "state.as_of_ms < state.episode.closed_ms + line.not_within_ms",
        "state.as_of_ms < state.episode.closed_ms",
        HANDOFFS,
    ),
    Planted(
        "a handoff's id comes from its lead and event alone",
        "streams/handoff/ripeness.py",
        'f"{lead_id}/{event.id}"',
        'f"{lead_id}/{event.id}/{id(state)}"',
        HANDOFFS,
    ),
    Planted(
        "withdrawn consent keeps a lead from sales",
        "streams/handoff/ripeness.py",
        "    if any(not word[1] for purpose",
        "    if any(word[1] < 0 for purpose",
        f"{_AT}test_consent.py",
    ),
    Planted(
        "a backfill hands nothing off",
        "streams/fold.py",
        "if told is None or not told.history:",
        "if told is None or told:",
        FOLD,
    ),
    Planted(
        "a state survives its bytes",
        "streams/lead_codec.py",
        "_HEADER.pack(STATE_SCHEMA, applied, deadline_ms)",
        "_HEADER.pack(STATE_SCHEMA, applied + 1, deadline_ms)",
        f"{FUZZ} {FOLD}",
    ),
    Planted(
        "a damaged state is told as one",
        "streams/lead_codec.py",
        "(msgspec.MsgspecError, UnicodeDecodeError, RecursionError)",
        "msgspec.MsgspecError",
        f"{_AT}test_damaged.py",
    ),
)
