"""First contacts as they were reported: `handoffs` tells of one only with the next event, which may be days away."""

from collections.abc import Iterable

from schemas.crm_update import CrmKind, CrmUpdate
from schemas.units import Millis
from streams.people.admission import Headers, admit, at_ms
from streams.reports.story import Story
from streams.topology import CRM_UPDATES


class Contacts:
    """Fills in what the stories do not know yet. Attempts that name a person and no handoff come with an event."""

    def __init__(self, stories: Iterable[Story]) -> None:
        self._open = {story.handoff_id: story for story in stories if story.contacted_ms is None and not story.ended}

    def hear(self, value: bytes | None, headers: Headers, appended_ms: Millis) -> None:
        """One record of `crm.updates`: the first attempt of each handoff counts, whatever is broken is passed over."""
        if value is None or b"attempt" not in value:
            return
        update = admit(CRM_UPDATES.name, value, headers, appended_ms)
        if isinstance(update, CrmUpdate) and update.kind is CrmKind.ATTEMPT:
            story = self._open.pop(update.handoff_id, None)
            if story is not None:
                story.contacted_ms = max(at_ms(update), 1)
