"""Who is it: links and merges that nobody may forget, and people who may not become one."""

from tests.mutations.planted import Planted

GRAPH, MERGES = "tests/live/test_identity_graph.py", "tests/live/test_identity_merges.py"
POLICY, ORDER = "tests/live/test_identity_policy.py", "tests/live/test_flush_order.py"
INTERRUPTED = "tests/live/test_identity_interrupted.py"
RESOLVE, EVIDENCE, ANNOUNCED = (f"agents/people/{name}.lua" for name in ("resolve", "evidence", "announced"))
IDENTIFY = "agents/identify.py"


def _live(what: str, file: str, old: str, new: str, tests: str) -> Planted:
    return Planted(what, file, old, new, tests, live=True)


KNOWING = (
    _live(
        "one call finds the lead and links it",
        EVIDENCE,
        "  redis.call('SET', N.ids .. key, lead)\n",
        "",
        f"{GRAPH}::test_racing_askers_agree",
    ),
    _live(
        "within one call later questions see earlier links",
        RESOLVE,
        "      home[name], due_ms[name] = into, at_ms\n",
        "      due_ms[name] = at_ms\n",
        f"{GRAPH}::test_an_identity_seen_with_a_known_one_joins_its_lead",
    ),
    _live(
        "a link is announced until the broker has it",
        EVIDENCE,
        "  redis.call('HSET', N.links_due, key, ms(at_ms))\n",
        "",
        f"{GRAPH}::test_a_link_is_announced_again_with_its_first_time_until_the_broker_has_it",
    ),
    _live(
        "a profile changed meanwhile is published again",
        ANNOUNCED,
        "  elseif change > 0 then\n",
        "  elseif change < 0 then\n",
        f"{GRAPH}::test_a_profile_changed_meanwhile_is_published_again",
    ),
    _live(
        "half a graph answers nobody",
        "agents/people/pointers.lua",
        "(ARGV[2] ~= '' and ARGV[2] ~= graph)",
        "false",
        f"{GRAPH}::test_a_graph_that_is_missing_or_another_answers_nobody",
    ),
    _live(
        "of two leads the smaller id survives",
        EVIDENCE,
        "  if other < one then\n",
        "  if one < other then\n",
        f"{MERGES}::test_chains_end_at_the_smallest_id_in_whatever_order_they_are_made",
    ),
    _live(
        "leads that are merged are followed to the one in force",
        RESOLVE,
        "local a, b = root_of(one), root_of(other)",
        "local a, b = one, other",
        f"{MERGES}::test_chains_end_at_the_smallest_id_in_whatever_order_they_are_made",
    ),
    _live(
        "a merge is announced until the broker has it",
        EVIDENCE,
        "  redis.call('HSET', N.merges_due, loser, ms(at_ms))\n",
        "",
        f"{MERGES}::test_a_merge_is_announced_by_whoever_uses_it_until_the_broker_has_it",
    ),
    _live(
        "a merge switches once",
        ANNOUNCED,
        "    if known[2] == 0 then\n",
        "    if true then\n",
        f"{MERGES}::test_a_merge_is_announced_by_whoever_uses_it_until_the_broker_has_it",
    ),
    _live(
        "a merge switches later than all that was written",
        ANNOUNCED,
        "math.floor(now[2] / 1000) + SWITCH_MARGIN_MS",
        "math.floor(now[2] / 1000)",
        f"{MERGES}::test_the_switch_is_later_than_all_that_was_written_before_it",
    ),
    _live(
        "what Kafka got before a switch stays with the loser",
        "agents/people/links_known.py",
        "if not switch_ms or append_ms < switch_ms:",
        "if not switch_ms:",
        "tests/live/test_graph_sleepers.py"
        "::test_a_sleeper_that_tells_a_merge_leaves_its_messages_to_the_lead_that_it_wrote",
    ),
    _live(
        "contact details follow a merge",
        EVIDENCE,
        "  unite(loser, survivor)\n",
        "",
        f"{MERGES}::test_contact_details_of_both_are_the_survivors_and_the_losers_are_gone",
    ),
    _live(
        "a merged lead's profile is tombstoned",
        "agents/people/details.lua",
        "  publish(loser)\n",
        "",
        f"{MERGES}::test_contact_details_of_both_are_the_survivors_and_the_losers_are_gone",
    ),
    _live(
        "who was split stays apart",
        EVIDENCE,
        "          return 'split'\n",
        "          return nil\n",
        f"{MERGES}::test_who_was_split_stays_apart",
    ),
    _live(
        "two people of one phone are not merged",
        EVIDENCE,
        "      if weak and rule[1] == 1 then\n",
        "      if false then\n",
        f"{POLICY}::test_a_newcomer_that_may_not_join_begins_a_lead_and_the_cookie_stays",
    ),
    _live(
        "evidence is as weak as its weaker half",
        RESOLVE,
        "refusal(tree_of(a), tree_of(b), weak(i) or weak(j))",
        "refusal(tree_of(a), tree_of(b), weak(i))",
        f"{POLICY}::test_two_people_of_one_office_phone_are_not_merged",
    ),
    _live(
        "a lead has as many identities as the policy allows",
        EVIDENCE,
        "      over = over or count + theirs > rule[2]\n",
        "",
        f"{POLICY}::test_a_crm_knows_a_person_by_one_id_whatever_ties_two",
    ),
    _live(
        "an identity of too many people is nobody's",
        EVIDENCE,
        "  if redis.call('SCARD', N.refusals .. key) <= after then\n",
        "  if true then\n",
        f"{POLICY}::test_a_phone_of_too_many_people_is_nobodys_from_a_moment_later_on",
    ),
    _live(
        "what was written already finds its lead again when an identity becomes nobody's",
        "agents/people/writing.py",
        "one.shared_ms and origin.append_ms >= one.shared_ms",
        "one.shared_ms",
        f"{INTERRUPTED}::test_a_phone_that_becomes_nobodys_moves_nothing_that_was_written",
    ),
    _live(
        "a shared identity ties nobody",
        RESOLVE,
        "    return i > 0 and (shares[i] == 1 or shared_ms[list[i]])\n",
        "    return false\n",
        f"{POLICY}::test_a_mailbox_of_several_finds_its_lead_and_ties_nobody",
    ),
    _live(
        "messages of before an erasure say nothing",
        RESOLVE,
        "(item[2] <= known[2] or ",
        "(",
        f"{POLICY}::test_messages_of_before_an_erasure_say_nothing_and_later_ones_begin_anew",
    ),
    _live(
        "a link written during an erasure is taken back",
        ANNOUNCED,
        "  if lead == link[2] and shared_ms == link[3] then\n",
        "  if shared_ms == link[3] then\n",
        f"{POLICY}::test_a_link_written_while_its_person_is_erased_is_taken_back",
    ),
    _live(
        "identify says links before the log speaks of their lead",
        IDENTIFY,
        "        if links:\n            await self._out.write(IDENTITY_LINKS, link_items(links))\n",
        "        await self._out.write(LEAD_EVENTS, writing.events)\n"
        "        if links:\n            await self._out.write(IDENTITY_LINKS, link_items(links))\n",
        ORDER,
    ),
    _live(
        "identify marks links as announced when the broker has them",
        IDENTIFY,
        "        while not await self._prepare(group, writing):\n",
        "        await self._mark_announced(group, writing)\n        while not await self._prepare(group, writing):\n",
        ORDER,
    ),
    _live(
        "identify acknowledges last",
        IDENTIFY,
        "        while not await self._prepare(group, writing):\n",
        "        group.acknowledge()\n        while not await self._prepare(group, writing):\n",
        ORDER,
    ),
)
"""Planted in the identity graph, and in the flush that asks it."""
