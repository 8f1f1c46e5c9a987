"""`touchline route why`, `queue`, `simulate`: what was decided, who waits, and what another policy would have done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.route.policy import Policy, loaded
from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.since import moment_ms
from agents.cli.terminal.voice import fail, say, say_json, table

if TYPE_CHECKING:
    from schemas.handoff import HandoffEvent
    from schemas.routing_policy import RoutingPolicy
    from streams.routing.choosing import Passed


def tell_why(
    handoff_id: Annotated[str, typer.Argument(help="Id of the handoff.", show_default=False)],
    routing: Policy = None, redis: Redis = None, prefix: Prefix = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say who got a handoff by which rule of which version, and why the rules before it did not decide."""
    from agents.reports.desk_look import decided_about
    from streams.moments import rfc3339

    rules = loaded(routing)
    decision, event = reach(settings := settings_from(redis=redis, prefix=prefix), decided_about(settings, handoff_id))
    if decision is None and event is None:
        fail(f"nothing is known of handoff {handoff_id}", "`touchline handoffs tail --from-beginning` shows their ids.")
    at_ms = int(decision.at_ms) if decision is not None else 0
    passed = _passed(rules, event, at_ms, decision.rule if decision is not None else "")
    whom, now = "", f"{rules.policy}@{rules.version}"
    if decision is not None:
        whom = decision.owner or decision.target
    elif event is not None:
        whom = event.data.owner or event.data.queue or event.data.partner
    if as_json:
        say_json({"handoff_id": handoff_id, "decision": None if decision is None else {
            "status": decision.status, "rule": decision.rule, "kind": decision.kind, "target": decision.target,
            "owner": decision.owner, "at": rfc3339(at_ms), "given_anew": int(decision.anew),
            "policy": decision.policy or None, "kept": bool(decision.kept), "waited_for": decision.waited or None,
        }, "passed": passed, "passed_by": now, "whom": whom})  # fmt: skip
        return
    if decision is not None and decision.policy != now:
        by = f"by {decision.policy}" if decision.policy else "by a version that is not remembered"
        say(f"  decided {by}; the policy now is {now}, and what follows of other rules is as it reads now")
    for one in passed:
        say(f"  no   {one.rule}: {one.why}")
    if decision is None:
        say(f"  {whom or 'nobody'} has it; this policy names nobody whose load is counted, so no decision is kept")
        return
    owner = f", given to {decision.owner}" if decision.owner else ""
    say(f"  YES  {decision.rule or 'not remembered'}: {decision.kind} {decision.target}{owner} ({decision.status})")
    by = f" by {decision.policy}" if decision.policy else ""
    kept = "; nobody else could take it, so its owner kept it" if decision.kept else ""
    waited = f"; nobody of {decision.waited} was free at first" if decision.waited and decision.owner else ""
    anew = f", given anew {int(decision.anew)} times" if decision.anew else ""
    say(f"  decided {rfc3339(at_ms)}{by}{anew}{kept}{waited}")


def _passed(rules: RoutingPolicy, event: HandoffEvent | None, at_ms: int, rule: str) -> list[Passed]:
    """Those before the rule that decided, of what the handoff tells of its lead now."""
    from datetime import datetime

    import msgspec

    from streams.moments import to_ms
    from streams.routing.asked_lead import situation_from
    from streams.routing.choosing import Chooser

    if event is None:
        return []
    touched_ms = to_ms(datetime.fromisoformat(event.data.trigger.fired_at))
    asked = msgspec.structs.replace(situation_from(msgspec.json.encode(event), touched_ms), owner="")
    names = [one.name for one in rules.rules]
    before = set(names[: names.index(rule)]) if rule in names else set(names)
    return [one for one in Chooser(rules).choose(asked, at_ms or touched_ms).passed if one.rule in before]


def tell_queue(
    routing: Policy = None, redis: Redis = None, prefix: Prefix = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Who waits because nobody is free: the first to be served first, and for how long."""
    from agents.clock import wall_ms
    from agents.reports.desk_look import in_queue
    from streams.routing.choosing import Chooser

    settings = settings_from(redis=redis, prefix=prefix)
    waiting = reach(settings, in_queue(settings, Chooser(loaded(routing))))
    now_ms = wall_ms()
    rows = [
        {
            "lead_id": one.ripe.lead_id, "handoff_id": one.ripe.handoff_id, "level": one.ripe.level,
            "priority": one.priority, "waiting_s": max(0, now_ms - one.ripe.received_ms) / 1000,
            "for": one.decision.target if one.decision is not None else "",
            "rule": one.decision.rule if one.decision is not None else "",
        }
        for one in waiting
    ]  # fmt: skip
    if as_json:
        say_json({"waiting": rows})
    elif not rows:
        say("nobody waits")
    else:
        table(("lead", "handoff", "level", "priority", "waits for", "rule", "minutes"), [
            (row["lead_id"], row["handoff_id"], row["level"] or "-", f"{row['priority']:g}", row["for"], row["rule"],
             f"{float(str(row['waiting_s'])) / 60:,.1f}")
            for row in rows
        ])  # fmt: skip


def simulate_policy(
    policy: Annotated[Path, typer.Argument(help="The policy to try, a YAML file.", show_default=False)],
    since: Annotated[
        str | None, typer.Option("--since", help="2026-11-01, or 14d.", show_default="all that is kept")
    ] = None,
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Run a policy over past handoffs: load per person, queue and partners, beside what really was."""
    from agents.clock import wall_ms
    from agents.reports.past_handoffs import past_handoffs
    from streams.routing.choosing import Chooser
    from streams.routing.simulating import simulate

    chooser = Chooser(loaded(policy))
    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    played = simulate(chooser, reach(settings, past_handoffs(settings, moment_ms("--since", since, wall_ms()) or 0)))
    if as_json:
        say_json(played)
        return
    table(("person", "would get", "most open", "really had"), [
        (name, f"{one.given:,}", f"{one.most_open:,}", f"{one.really:,}") for name, one in played.people.items()
    ])  # fmt: skip
    say()
    table(("rule", "handoffs"), [(rule, f"{n:,}") for rule, n in played.rules.most_common()])
    for what, found in (("partner", played.partners), ("queue", played.queues)):
        for name, n in found.most_common():
            say(f"{what} {name}: {n:,}")
    say(
        f"{played.handoffs:,} handoffs; {played.waited:,} would have waited, at most {played.most_waiting:,} at once, "
        f"the longest {played.longest_wait_s / 60:,.1f} minutes; {played.still_waiting:,} to the end"
    )
