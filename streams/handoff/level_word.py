"""A person's word on a level that the model does not know: refused, with the level that was meant perhaps."""

from schemas.crm_update import CrmKind
from schemas.lead_event import CrmSaid
from schemas.reject import Reason, Reject
from streams.judge import Judge
from streams.model.yaml.section import did_you_mean


def unknown_level(event: CrmSaid, judge: Judge) -> Reject | None:
    """Why an override cannot be followed; None: it can. Nothing of it is kept, so the same word may be sent again once
    a model knows the level.
    """
    if event.kind != CrmKind.OVERRIDE or not event.level:
        return None
    known = [level.name for level in judge.model.levels]
    known += [path.level for path in judge.model.fast_paths if path.level not in known]
    if event.level in known:
        return None
    if not known:
        return _bad(f"level: {judge.name} has no levels, so nobody can be put on one: declare them under `levels`")
    return _bad(f"level: {judge.name} knows no level of this name. {did_you_mean(event.level, known)}")


def _bad(detail: str) -> Reject:
    return Reject(reason=Reason.UNKNOWN_LEVEL, detail=detail)
