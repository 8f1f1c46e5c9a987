"""Ways through a graph of stages: where a lead begins, where it can come to, and where it would go round for ever."""

from collections.abc import Mapping, Sequence

from schemas.stage import Enters, Stage
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.yaml.section import Section, inside
from streams.model.yaml.tree import Leaf


def tell_paths(
    findings: Findings, stages: Sequence[Stage], sections: Mapping[str, Section], keys: Mapping[str, Leaf]
) -> None:
    """Tell every stage that cannot be what its words say. All are declared and read by now."""
    starts = [stage.name for stage in stages if stage.start]
    for name in starts[1:]:
        findings.error(
            Code.STAGE, keys[name], inside("stages", name), problem="a second start",
            why=f"leads begin in one stage, and `{starts[0]}` is marked already.", remedy="Remove one `start: true`.",
        )  # fmt: skip
    by_name = {stage.name: stage for stage in stages}
    for name in sorted(set(by_name) - _reached(starts[0], by_name), key=list(by_name).index):
        findings.error(
            Code.HIDDEN, keys[name], inside("stages", name), problem="nobody can be in this stage",
            why=f"no way leads to it from `{starts[0]}`.",
            remedy=f"Write it under `to` of a stage before it: `to: {name}`.",
        )  # fmt: skip
    called = {one.casefold() for stage in stages for one in (stage.name, *stage.also)}
    for stage in stages:
        section = sections[stage.name]
        if stage.of.casefold() in called:
            findings.error(
                Code.NAME_TWICE, keys[stage.name], section.at("of"), problem="a name used twice",
                why=f"`{stage.of}` is a stage; a key stage is made of its statuses alone.",
                remedy="Give the key stage another name.",
            )  # fmt: skip
        if stage.goes_on_to and _goes_round(stage, by_name):
            findings.error(
                Code.STAGE, keys[stage.name], section.at("goes on to"), problem="stages that go round for ever",
                why=f"each goes on at once, and `{stage.name}` comes again.", remedy="Remove one `goes on to`.",
            )  # fmt: skip
        if stage.idle_after_ms and not any(Enters.IDLE in by_name[name].by for name in stage.to):
            findings.error(
                Code.STAGE, keys[stage.name], section.at("idle after"), problem="idle, and nowhere to go",
                why=f"no stage that may follow `{stage.name}` says `by: idle`.",
                remedy="Write `by: idle` in one of them, or remove `idle after`.",
            )  # fmt: skip


def _reached(start: str, by_name: Mapping[str, Stage]) -> set[str]:
    found, ahead = {start}, [start]
    while ahead:
        new = [name for name in by_name[ahead.pop()].to if name not in found]
        found.update(new)
        ahead += new
    return found


def _goes_round(stage: Stage, by_name: Mapping[str, Stage]) -> bool:
    seen, at = {stage.name}, stage
    while at.goes_on_to:
        at = by_name[at.goes_on_to]
        if at.name in seen:
            return at.name == stage.name
        seen.add(at.name)
    return False
