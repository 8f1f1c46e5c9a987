"""What we say about ourselves: the only room that names a metric or writes a log line.

One past-tense struct per batch; its `emit()` is the whole interface. Each stage has a file of its own here.
"""

from agents.signals.asking import CallerAnswered
from agents.signals.drift import LeadsJudged, expect_leads
from agents.signals.identify import GroupIdentified
from agents.signals.intake import (
    IntakeConnected,
    IntakeOccupied,
    IntakeRefused,
    IntakeStarted,
    IntakeStopped,
    RecordsUnacknowledged,
    StrangersSilenced,
    TouchesReceived,
)
from agents.signals.mirror import CardsMirrored, TopicMadeAnew
from agents.signals.models import ModelPublished, ModelsRefused, ModelsTaken, ModelSwitched
from agents.signals.redis import RedisAvailable, RedisOutdated, RedisUnavailable
from agents.signals.routing import DeskRefilled, QueueLooked
from agents.signals.sales import SalesMeasured
from agents.signals.score import (
    ForeignWriteFound,
    GroupScored,
    PartitionsRestored,
    RestoreProgressed,
    SnapshotsTaken,
    StoreDiscarded,
)
from agents.signals.shared import DeadLettersWritten, HandoffsRouted, Timed
from agents.signals.worker import (
    BrokerAwaited,
    CommitFailed,
    DrainOverran,
    GroupFlushed,
    PartitionsAssigned,
    PartitionsRevoked,
    RecordsWritten,
    StallFound,
    StartRefused,
    WorkerCrashed,
    WorkerStarted,
    WorkerStopped,
)

__all__ = [
    "BrokerAwaited",
    "CallerAnswered",
    "CardsMirrored",
    "CommitFailed",
    "DeadLettersWritten",
    "DeskRefilled",
    "DrainOverran",
    "ForeignWriteFound",
    "GroupFlushed",
    "GroupIdentified",
    "GroupScored",
    "HandoffsRouted",
    "IntakeConnected",
    "IntakeOccupied",
    "IntakeRefused",
    "IntakeStarted",
    "IntakeStopped",
    "LeadsJudged",
    "ModelPublished",
    "ModelSwitched",
    "ModelsRefused",
    "ModelsTaken",
    "PartitionsAssigned",
    "PartitionsRestored",
    "PartitionsRevoked",
    "QueueLooked",
    "RecordsUnacknowledged",
    "RecordsWritten",
    "RedisAvailable",
    "RedisOutdated",
    "RedisUnavailable",
    "RestoreProgressed",
    "SalesMeasured",
    "SnapshotsTaken",
    "StallFound",
    "StartRefused",
    "StoreDiscarded",
    "StrangersSilenced",
    "Timed",
    "TopicMadeAnew",
    "TouchesReceived",
    "WorkerCrashed",
    "WorkerStarted",
    "WorkerStopped",
    "expect_leads",
]
