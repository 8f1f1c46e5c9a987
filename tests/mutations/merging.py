"""What becomes of two leads that are one: sums, times, bursts, surges, numbers, handoffs, graves."""

from tests.mutations.planted import Planted

_AT = "tests/pure/kin/"
PROPERTIES, SETTLE = f"{_AT}test_merge_properties.py", f"{_AT}test_merges_settle.py"
HANDOFFS, RESTATING = f"{_AT}test_merge_handoffs.py", f"{_AT}test_restating.py"
COUNTERS, VELOCITY = "streams/kin/counters.py", "streams/kin/velocity.py"
MERGING, POINTER = "streams/kin/merging.py", "streams/kin/pointer.py"

ONE_FOLD = f"{PROPERTIES}::test_leads_merged_at_any_moment_score_as_one_fold_of_both_histories"

MERGED = (
    Planted(
        "sums that decay are brought to one moment before they are added",
        COUNTERS,
        "exp2((one.landmark_ms - landmark_ms) / half_life_ms)",
        "exp2(0)",
        ONE_FOLD,
    ),
    Planted(
        "of one value the earlier touch of both counts",
        COUNTERS,
        "at_ms if first_ms is None else min(first_ms, at_ms)",
        "at_ms if first_ms is None else first_ms",
        ONE_FOLD,
    ),
    Planted("a day's limit holds for both together", COUNTERS, "= whole[:most]", "= whole", f"{_AT}test_counters.py"),
    Planted(
        "a touch counted on both sides counts once where times are kept",
        COUNTERS,
        "        whole.remove(at_ms)\n",
        "        whole.index(at_ms)\n",
        HANDOFFS,
    ),
    Planted(
        "bursts that only both make fire",
        VELOCITY,
        "            fired.append(times[i])\n",
        "            fired.count(times[i])\n",
        ONE_FOLD,
    ),
    Planted("gains of both make a surge", VELOCITY, "*zip(other.times, other.gains, strict=True)", "*()", ONE_FOLD),
    Planted(
        "gains of what is a repeat now are taken back from surges",
        VELOCITY,
        "            lose_gain(both, at_ms, points)\n",
        "            lose_gain(both, at_ms, points - points)\n",
        ONE_FOLD,
    ),
    Planted(
        "gains of what is a repeat now are taken back from the pace",
        MERGING,
        "        add_pace(ours, at_ms, -points)\n",
        "        add_pace(ours, at_ms, points - points)\n",
        ONE_FOLD,
    ),
    Planted("the pace of both is one", MERGING, "    if theirs.pace_ms:\n", "    if theirs.pace_ms < 0:\n", ONE_FOLD),
    Planted(
        "what is known of the loser is known",
        MERGING,
        "            learn(ours, name, word)\n",
        "            learn(theirs, name, word)\n",
        ONE_FOLD,
    ),
    Planted(
        "the latest time of a deed is that of both",
        MERGING,
        "ours.did[kind] = max(at_ms, ours.did.get(kind, 0))",
        "ours.did[kind] = at_ms",
        f"{_AT}test_words.py",
    ),
    Planted(
        "the latest campaign of both counts",
        MERGING,
        "if (theirs.campaign_ms, theirs.campaign) > (ours.campaign_ms, ours.campaign):",
        "if theirs.campaign:",
        ONE_FOLD,
    ),
    Planted(
        "the ledger has a line of what a merge adds",
        "streams/kin/survivor.py",
        'book.write(dimension, "merge", score - was, score, Cause.MERGE, by=event.loser)',
        'book.write(dimension, "merge", 0, score, Cause.MERGE, by=event.loser)',
        f"{PROPERTIES}::test_ledger_and_breakdown_sum_to_the_score_after_any_merge",
    ),
    Planted(
        "time passes for the survivor before the loser is taken in",
        "streams/kin/survivor.py",
        "    if clock_ms > was_ms:\n",
        "    if clock_ms < was_ms:\n",
        ONE_FOLD,
    ),
    Planted(
        "a number heard before is passed over",
        POINTER,
        "    if event.number <= kin.heard.get(event.loser, 0):\n",
        "    if event.number < kin.heard.get(event.loser, 0):\n",
        SETTLE,
    ),
    Planted(
        "a loser's numbers of its own losers go with it",
        MERGING,
        "        kin.heard[loser] = max(number, kin.heard.get(loser, 0))\n",
        "        kin.heard.get(loser, number)\n",
        HANDOFFS,
    ),
    Planted(
        "a pointer that hears of another lead heals",
        POINTER,
        "    if one != other and event.survivor != lead_id:\n",
        "    if one == other and event.survivor != lead_id:\n",
        SETTLE,
    ),
    Planted(
        "the smaller id survives",
        POINTER,
        "    if survivor >= lead_id:\n",
        "    if survivor == lead_id:\n",
        SETTLE,
    ),
    Planted(
        "a repeat is not sent on",
        POINTER,
        "    if repeat:\n",
        "    if repeat is None:\n",
        HANDOFFS,
    ),
    Planted(
        "what is forwarded moves no input coordinates",
        "streams/scoring/repeats.py",
        "    if direct and not derived and _emitted_before(state, origin):\n",
        "    if not derived and _emitted_before(state, origin):\n",
        f"{PROPERTIES} {HANDOFFS}",
    ),
    Planted(
        "what the loser's touches were called is remembered",
        MERGING,
        "    ours.seen = united_seen(ours.seen, theirs.seen)\n",
        "    united_seen(ours.seen, theirs.seen)\n",
        HANDOFFS,
    ),
    Planted(
        "an accepted handoff stays before an older one",
        "streams/kin/episodes.py",
        'return episode.status != "accepted", episode.opened_ms',
        'return episode.status == "accepted", episode.opened_ms',
        HANDOFFS,
    ),
    Planted(
        "of two open handoffs one is taken back",
        "streams/kin/survivor.py",
        "    if goes is not None:\n",
        "    if goes is None and stays is goes and lead_id == '':\n",
        HANDOFFS,
    ),
    Planted(
        "either side's handoff holds both back until they fall",
        "streams/kin/words.py",
        "    ours.armed = ours.armed and theirs.armed\n",
        "    ours.armed = ours.armed or theirs.armed\n",
        HANDOFFS,
    ),
    Planted(
        "a grave says nothing of the person when it takes a handoff back",
        "streams/kin/grave.py",
        "withdraw(bare, lead_id",
        "withdraw(state, lead_id",
        HANDOFFS,
    ),
    Planted(
        "a restated state that comes too late is passed over",
        "streams/kin/restating.py",
        "    return event.was != mark_of(state) if event.was else stood > event.through\n",
        "    return False\n",
        RESTATING,
    ),
    Planted(
        "a restated lead still knows what it counted before",
        "streams/kin/restating.py",
        "state.inputs, united_seen(anew.seen, state.seen)",
        "anew.inputs, anew.seen",
        RESTATING,
    ),
)
