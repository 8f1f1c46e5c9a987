"""When each lead of one partition gets its card: at once after a rest, else the latest one when the rest is over."""

from collections.abc import Collection, Iterable, Mapping

from streams.lead_codec import applied_of


class CardsDue:
    """A lead rests for a while after each card. It holds no more leads than were touched within one rest.

    Times are seconds of any clock that only goes forward; offsets are those of `lead.events`.
    """

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        """0: nobody rests, and each flush writes the card of each lead it touched."""
        self._resting: dict[bytes, float] = {}
        """When the card of each was written, the earliest first."""
        self._due: dict[bytes, int] = {}
        """Leads whose latest card is not written, those that wait longest first: all cards up to this offset were."""
        self._rested: dict[bytes, None] = {}
        """Those of them that rest no more, in that order."""

    def __len__(self) -> int:
        return len(self._due)

    @property
    def nobody_rested(self) -> bool:
        """No card could be written now, as far as was looked."""
        return not self._rested

    def touched(self, leads: Iterable[bytes], at_once: Collection[bytes], before: int, now_s: float) -> list[bytes]:
        """Leads of a flush whose cards go with it; `at_once`: rest or not; `before`: applied before the flush."""
        if self._rest_s <= 0 and not self._due:
            return list(leads)
        self.look(now_s)
        resting, due = self._resting, self._due
        written = []
        for lead in leads:
            if lead in resting and lead not in at_once:
                due.setdefault(lead, before)
            else:
                written.append(lead)
        self._written(written, now_s)
        return written

    def look(self, now_s: float) -> None:
        """See who has rested."""
        until_s = now_s - self._rest_s
        over = []
        for lead, since_s in self._resting.items():
            if since_s > until_s:
                break
            over.append(lead)
        for lead in over:
            del self._resting[lead]
            if lead in self._due:
                self._rested[lead] = None

    def take(self, most: int, now_s: float) -> list[bytes]:
        """Leads that have rested and whose cards are written now, no more than so many."""
        taken = [lead for lead, _ in zip(self._rested, range(most), strict=False)]
        self._written(taken, now_s)
        return taken

    def take_all(self, now_s: float) -> list[bytes]:
        """Every lead whose card is due, rest or not."""
        taken = list(self._due)
        self._written(taken, now_s)
        return taken

    def written_to(self, applied: int) -> int:
        """Offset up to which all cards are written, once those taken so far are; `applied`: that of the table."""
        return next(iter(self._due.values()), applied)

    def restored(self, encoded: Mapping[bytes, bytes], cards_to: int) -> None:
        """Begin from a table whose cards are written up to an offset: the leads changed after it are due now."""
        self._resting.clear()
        self._due = {lead: cards_to for lead, value in encoded.items() if applied_of(value) > cards_to}
        self._rested = dict.fromkeys(self._due)

    def again(self, lead: bytes, before: int) -> None:
        """What somebody else wrote may hide this lead's card."""
        self._due.setdefault(lead, before)
        self._rested[lead] = None

    def _written(self, leads: list[bytes], now_s: float) -> None:
        resting, due, rested = self._resting, self._due, self._rested
        rests = self._rest_s > 0
        for lead in leads:
            if due:
                due.pop(lead, None)
                rested.pop(lead, None)
            if rests:
                resting.pop(lead, None)
                resting[lead] = now_s
