"""What is there of the generation in force: its log, its table, and how far its events were scored and said."""

from aiokafka.admin import AIOKafkaAdminClient
from msgspec import Struct

from agents.rebuild.order import Refused
from agents.settings import Settings
from agents.table.changelog import LogEnds
from agents.table.score_partition import ScorePartition
from agents.topics.admin import look
from agents.topics.scan import Scan, Span
from streams.topology import LEAD_EVENTS, LEAD_STATE, RIPE, ROUTE, SCORE, Step, Topic, name_of

Leads = dict[int, ScorePartition]
"""A score table, by partition."""


class Source(Struct):
    """The generation in force, as found."""

    settings: Settings
    """With the partition count the log really has."""
    log_id: str
    spans: dict[int, Span]
    table: Leads
    """Empty when its topic is gone."""
    committed: dict[int, int]
    """What the score group acknowledged of the log: second best, should the table be lost."""
    routed: dict[int, int]
    """What the route group acknowledged of `ripe`."""
    sealed: bool

    @property
    def ends(self) -> LogEnds:
        """As the check of control records wants it."""
        return LogEnds(
            generation=self.log_id,
            partitions=len(self.spans),
            first={p: span.first for p, span in self.spans.items()},
            end={p: span.end for p, span in self.spans.items()},
        )

    @property
    def tabled(self) -> bool:
        """There is a table."""
        return any(held.control is not None for held in self.table.values())

    @property
    def whole(self) -> bool:
        """The log holds all there ever was: the first one, from its first event on."""
        return not self.settings.generation and all(span.first == 0 for span in self.spans.values())

    def said(self, partition: int, key: bytes | None, offset: int) -> bool:
        """Was this event scored, and all that follows from it said? Without a table the group's word must do."""
        if self.tabled:
            return self.held_by(self.table, partition, key, offset)
        if not self.committed:
            return True
        return offset < self.committed.get(partition, 0)

    def held_by(self, table: Leads, partition: int, key: bytes | None, offset: int) -> bool:
        """Is this event of the log in that table?"""
        held = table.get(partition)
        if held is None or (held.control is not None and held.control.generation != self.log_id):
            return False
        return held.holds(key, offset)

    def said_for_sure(self, partition: int, offset: int) -> bool:
        """The same by offset alone: true for no lead that may still be ahead of the control record."""
        return self.said(partition, None, offset)


async def read_source(client: AIOKafkaAdminClient, scan: Scan, settings: Settings) -> Source:
    """Look at all of it."""
    log, table = name_of(LEAD_EVENTS, settings), name_of(LEAD_STATE, settings)
    found = await look(client, {log, table, name_of(RIPE, settings)})
    if log not in found:
        raise Refused(
            f"{log} is not there, so there is no log to rebuild from: name the generation in force with "
            "--from-generation, or give the right --prefix and --bootstrap"
        )
    spans = await scan.spans(LEAD_EVENTS)
    return Source(
        settings=settings.model_copy(update={"partitions": len(spans)}),
        log_id=await scan.identity(LEAD_EVENTS),
        spans=spans,
        table=await read_table(scan) if table in found else {},
        committed=await _committed(client, settings, SCORE, LEAD_EVENTS),
        routed=await _committed(client, settings, ROUTE, RIPE),
        sealed=found[log].sealed,
    )


async def read_table(scan: Scan) -> Leads:
    """All leads of a generation."""
    table = {p: ScorePartition(p) for p in await scan.spans(LEAD_STATE)}
    async for records in scan.read_all(LEAD_STATE):
        table[records[0].partition].take(records)
    return table


async def _committed(client: AIOKafkaAdminClient, settings: Settings, step: Step, topic: Topic) -> dict[int, int]:
    group, name = f"{settings.prefix}touchline-{step.name}", name_of(topic, settings)
    if group not in {known for known, *_ in await client.list_consumer_groups()}:
        return {}
    stored = await client.list_consumer_group_offsets(group)
    return {tp.partition: kept.offset for tp, kept in stored.items() if tp.topic == name and kept.offset >= 0}


async def members(client: AIOKafkaAdminClient, settings: Settings, steps: tuple[Step, ...]) -> dict[str, int]:
    """Workers at work now, by stage; stages without any are left out."""
    groups = {f"{settings.prefix}touchline-{step.name}": step.name for step in steps}
    known = {group for group, *_ in await client.list_consumer_groups()} & set(groups)
    counts: dict[str, int] = {}
    for group in sorted(known):
        for response in await client.describe_consumer_groups([group]):
            counts |= {groups[one[1]]: len(one[5]) for one in response.groups if one[5]}
    return counts
