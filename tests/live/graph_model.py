"""The identity graph as simply as it can be said: sets of identities, joined one ask after another, by the policy."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from streams.people.policy import IdentityPolicy

Identity = str
"""`<namespace>:<value>`."""


Lead = str


class GraphModel:
    """Who is one. The lead that somebody is known by counts: of refusals, each lead's is one."""

    def __init__(self, policy: IdentityPolicy, lead_of: Callable[[Identity], Lead]) -> None:
        self._policy, self._lead_of = policy, lead_of
        self._group: dict[Identity, Lead] = {}
        self._members: dict[Lead, set[Identity]] = {}
        self._refused: dict[Identity, set[Lead]] = defaultdict(set)
        self.shared: set[Identity] = set()
        self.refusals: Counter[str] = Counter()

    @property
    def partition(self) -> set[frozenset[Identity]]:
        """Sets of identities, each a person's."""
        return {frozenset(members) for members in self._members.values()}

    def ask(self, identities: Sequence[Identity]) -> None:
        """They stood in one message, strongest first."""
        settled: set[frozenset[Lead]] = set()
        for identity in identities:
            if identity in self._group:
                continue
            known = next((each for each in identities if each in self._group), None)
            own = self._found(identity)
            if known is not None:
                self._join(known, identity, settled, newcomer=True)
            assert own in self._members or known is not None
        for place, one in enumerate(identities):
            for other in identities[place + 1 :]:
                self._join(one, other, settled)

    def _found(self, identity: Identity) -> Lead:
        group = self._lead_of(identity)
        self._group[identity], self._members[group] = group, {identity}
        return group

    def _join(self, one: Identity, other: Identity, settled: set[frozenset[Lead]], *, newcomer: bool = False) -> None:
        """Who has no lead yet takes that of the first; of two leads the smaller id stays."""
        ours, theirs = self._group[one], self._group[other]
        pair = frozenset((ours, theirs))
        if ours == theirs or pair in settled:
            return
        if one in self.shared or other in self.shared:
            self.refusals["shared"] += 1
            return
        why = self._why_not(ours, theirs, weak=not (self._strong(one) and self._strong(other)))
        if why:
            self.refusals[why] += 1
            settled.add(pair)
            if why == "strong_differ":
                self._note(one, theirs)
                self._note(other, ours)
            return
        stays, goes = (ours, theirs) if newcomer or ours < theirs else (theirs, ours)
        for identity in self._members[goes]:
            self._group[identity] = stays
        self._members[stays] |= self._members.pop(goes)

    def _why_not(self, ours: Lead, theirs: Lead, *, weak: bool) -> str:
        one, other = (Counter(map(_namespace, self._members[group])) for group in (ours, theirs))
        both = one.keys() & other.keys()
        if weak and any(self._policy.of(namespace).strong for namespace in both):
            return "strong_differ"
        over = any(one[namespace] + other[namespace] > self._policy.of(namespace).most_per_lead for namespace in both)
        return "limit" if over else ""

    def _note(self, identity: Identity, group: Lead) -> None:
        """A weak identity that many people are known by is nobody's."""
        after = self._policy.of(_namespace(identity)).shared_after
        if self._strong(identity) or not after:
            return
        self._refused[identity].add(group)
        if len(self._refused[identity]) > after:
            self.shared.add(identity)

    def _strong(self, identity: Identity) -> bool:
        return self._policy.of(_namespace(identity)).strong


def _namespace(identity: Identity) -> str:
    name, _, rest = identity.partition(":")
    return f"{name}:{rest.partition(':')[0]}" if name == "crm" else name
