"""A CRM names the stage a lead is in: it is followed along the graph, and what may not follow is told with what may."""

from schemas.crm_update import CrmKind
from schemas.lead_event import CrmSaid
from schemas.lead_state import LeadState
from schemas.reject import Reason, Reject
from schemas.stage import Enters
from streams.folded import Folded
from streams.judge import Judge
from streams.model.yaml.section import nearest
from streams.stages.graph import asked_of, graph_of
from streams.stages.moving import begin, move, said_by


def unknown_stage(event: CrmSaid, state: LeadState, judge: Judge) -> Reject | None:
    """Why a report names no stage of the model; nothing of it is kept, so that it may be sent again once one is."""
    if event.kind != CrmKind.STAGE and not (event.kind == CrmKind.OVERRIDE and event.stage):
        return None
    graph = graph_of(judge)
    if graph.named(event.stage) is not None:
        return None
    near = nearest(event.stage, graph.known)
    meant = f"did you mean {near}? " if near else ""
    return _impossible(
        f"{judge.name} knows no stage of this name; {meant}{_allowed(state, judge)}"
        if event.stage.strip()
        else f"no stage is named; {_allowed(state, judge)}"
    )


def reported(state: LeadState, event: CrmSaid, judge: Judge, lead_id: str, folded: Folded) -> Reject | None:
    """Follow the CRM's word, or say why it cannot be."""
    if not state.stage:
        begin(state, judge, state.as_of_ms)
    graph = graph_of(judge)
    here, to = graph.here(state), graph.named(event.stage)
    if to is None:
        return unknown_stage(event, state, judge)
    if to is here or (here.of and event.stage.strip().casefold() == here.of.casefold()):
        return None
    if to.name not in here.to:
        return _impossible(f"{to.name} may not follow {here.name}; {_allowed(state, judge)}")
    if not graph.lets_in(to, state):
        return _impossible(f"{to.name} asks for {asked_of(to)}, which is not known to hold; {_allowed(state, judge)}")
    move(state, lead_id, event, graph, folded, to, said_by(event))
    return None


def put(state: LeadState, event: CrmSaid, judge: Judge, lead_id: str, folded: Folded) -> Reject | None:
    """A person puts the lead into a stage, whatever may follow by the graph; what happens next moves it on as ever."""
    if event.until_ms and not event.level:
        return _impossible("an override with a stage has no end: leave `until` out, and report the next stage then")
    if not state.stage:
        begin(state, judge, state.as_of_ms)
    graph = graph_of(judge)
    to = graph.named(event.stage)
    if to is None:
        return unknown_stage(event, state, judge)
    if to is not graph.here(state):
        move(state, lead_id, event, graph, folded, to, said_by(event))
    return None


def refusal_of(event: CrmSaid) -> tuple[Enters, ...]:
    """A refusal enters the stage of its side first, else that of all refusals."""
    side = {"us": (Enters.REFUSED_BY_US,), "client": (Enters.REFUSED_BY_CLIENT,)}.get(event.side, ())
    return (*side, Enters.REFUSED)


def _allowed(state: LeadState, judge: Judge) -> str:
    graph = graph_of(judge)
    here, following = graph.here(state).name, [stage.name for stage in graph.may_follow(state)]
    return f"from {here} may follow {', '.join(following)}" if following else f"nothing may follow {here}"


def _impossible(detail: str) -> Reject:
    return Reject(reason=Reason.IMPOSSIBLE, detail=f"stage: {detail}")
