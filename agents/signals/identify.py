"""What the identify stage says."""

from collections.abc import Mapping

from msgspec import Struct

from agents.signals.catalogue import counter
from streams.topology import IDENTIFY

REASONS = ("shared", "strong_differ", "limit", "split")
"""Why leads that one message shows are not merged."""

_AT = (IDENTIFY.name,)
_TOPIC = {"topic": [topic.name for topic in IDENTIFY.reads]}
_ADMITTED = counter("touchline_inputs_admitted_total", "Messages that reached the log.", _AT, _TOPIC)
_SKIPPED = counter("touchline_inputs_skipped_total", "Messages that concern no lead: absences of sellers.", _AT, _TOPIC)
_LOOKUPS = counter(
    "touchline_identity_lookups_total",
    "Messages resolved, by where: cache or redis.",
    _AT,
    {"where": ("cache", "redis")},
)
_LEADS = counter("touchline_leads_created_total", "Leads seen for the first time.", _AT)
_LINKS = counter("touchline_identity_links_total", "Links announced, repeats after a crash included.", _AT)
_CONFLICTS = counter("touchline_identity_conflicts_total", "Messages whose identities belong to two leads.", _AT)
_MERGES = counter("touchline_identity_merges_total", "Leads that turned out to be one person with another.", _AT)
_REFUSED = counter(
    "touchline_identity_merges_refused_total",
    "Merges not made: shared identity, strong ids that differ, limit of the policy, split by a person.",
    _AT,
    {"reason": REASONS},
)
_SHARED = counter(
    "touchline_identities_shared_total", "Identities found with too many leads: nobody's from then on.", _AT
)
_DROPPED = counter("touchline_identities_dropped_total", "Unusable identities beside usable ones.", _AT)
_BLOCKED = counter("touchline_identities_blocked_total", "Identities dropped as nobody's, by the identity policy.", _AT)
_SUPPRESSED = counter(
    "touchline_inputs_suppressed_total", "Messages of people erased after they came.", _AT, {"reason": ("erased",)}
)
_PROFILES = counter("touchline_profiles_published_total", "Profiles published whole, since something changed.", _AT)


class GroupIdentified(Struct, frozen=True, kw_only=True):
    """A group's messages are on the log, each with its lead."""

    admitted: Mapping[str, int]
    """By topic, without prefix."""
    skipped: Mapping[str, int]
    cached: int
    asked: int
    leads: int
    links: int
    merges: int
    refused: Mapping[str, int]
    """Merges, by reason."""
    shared: int
    """Identities that are nobody's from now on."""
    conflicts: int
    """Messages whose identities belong to two leads."""
    dropped: int
    blocked: int
    suppressed: int
    """Messages of people erased after they came."""
    profiles: int

    def emit(self) -> None:
        """Count it."""
        for topic, count in self.admitted.items():
            _ADMITTED.labels(topic).inc(count)
        for topic, count in self.skipped.items():
            _SKIPPED.labels(topic).inc(count)
        _LOOKUPS.labels("cache").inc(self.cached)
        _LOOKUPS.labels("redis").inc(self.asked)
        _LEADS.inc(self.leads)
        _LINKS.inc(self.links)
        _CONFLICTS.inc(self.conflicts)
        _MERGES.inc(self.merges)
        for reason in REASONS:
            _REFUSED.labels(reason).inc(self.refused.get(reason, 0))
        _SHARED.inc(self.shared)
        _DROPPED.inc(self.dropped)
        _BLOCKED.inc(self.blocked)
        _SUPPRESSED.labels("erased").inc(self.suppressed)
        _PROFILES.inc(self.profiles)
