"""Who is meant? Turns the identities of a message into keys that reveal nobody, and a first identity into a lead id."""

from binascii import b2a_base64
from hashlib import blake2b

from msgspec import Struct

from streams.people.normal_forms import namespace_form, normal_form, without_tag
from streams.people.policy import IdentityPolicy
from streams.remembered import Remembered

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O, U: nobody misreads an id aloud."""

STRENGTH = ("user", "email", "phone", "whatsapp", "telegram", "viber", "anonymous")
"""After `crm:*`, strongest first; open namespaces come last."""

CACHED = 1 << 17

_PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Identity(Struct, frozen=True, gc=False):
    """One identity in its normal form."""

    namespace: str
    value: str
    """In the clear: for the profile alone."""
    key: str
    """`<namespace>:<keyed hash>`, or the clear value for `crm:*`."""
    rank: int
    """Strength: 0 is strongest."""
    shared: bool = False
    """Used by several people, as the policy has it: finds a lead, and is no evidence."""

    @property
    def stored(self) -> str:
        """What stands for the value outside: the key without its namespace."""
        return self.key[len(self.namespace) + 1 :]

    @property
    def public(self) -> bool:
        """A CRM's own id, which is nobody's personal data and travels clear."""
        return self.stored == self.value


class Who(Struct, frozen=True, gc=False):
    """The identities of one message, strongest first, those that several people use last."""

    identities: tuple[Identity, ...]
    lead: str = ""
    """The lead named outright, if one is."""
    dropped: int = 0
    """Identities that cannot be used, among others that can."""
    blocked: int = 0
    """Of these, how many are in their form and nobody's, as the policy has it."""
    public: dict[str, str] = {}
    """External ids that are not personal, by namespace."""


class Hider:
    """Holds the secret that keys the hashes, and what it has hashed lately."""

    def __init__(self, key: str, region: str, policy: IdentityPolicy | None = None) -> None:
        self.policy = policy or IdentityPolicy()
        secret = key.encode()
        secret = secret if len(secret) <= blake2b.MAX_KEY_SIZE else blake2b(secret).digest()
        # Taking in the key is half of the work: done once, and each hash goes on from a copy.
        self._stands_for = blake2b(key=secret, digest_size=16)
        self._leads = blake2b(key=secret, digest_size=10)
        self._region = region
        self._identities: Remembered[tuple[str, str], Identity | None] = Remembered(self._identity, CACHED, _chars)
        self._namespaces = Remembered(_ranked, CACHED, len)
        self._known = Remembered(self._who, CACHED, lambda written: sum(map(_chars, written)))

    def who(self, written: dict[str, str]) -> Who:
        """Read the identities as a producer wrote them; their order there means nothing."""
        return self._known.look_up(tuple(written.items()))

    def identity(self, namespace: str, value: str) -> Identity | None:
        """One identity as written; None when it cannot be used."""
        return self._identities.look_up((namespace, value))

    def _who(self, written: tuple[tuple[str, str], ...]) -> Who:
        found = []
        lead, dropped, blocked = "", 0, 0
        for namespace, value in written:
            if not value:
                continue
            identity = self.identity(namespace, value)
            if identity is None:
                dropped += 1
                blocked += self._blocked(namespace, value)
            elif identity.namespace == "lead":
                lead = min(lead, identity.value) if lead else identity.value
            else:
                found.append(identity)
        if len(found) > 1:
            found.sort(key=_order)
        # Nobody but a CRM has ids that are public.
        public = {i.namespace: i.value for i in found if not i.rank and i.public}
        return Who(tuple(found), lead, dropped, blocked, public)

    def hashed(self, namespace: str, value: str) -> str:
        """128 bits that stand for a value, as URL-safe text; without the secret nobody can try values."""
        digest = self._stands_for.copy()
        digest.update(f"{namespace}\0{value}".encode("utf-8", "surrogatepass"))
        return b2a_base64(digest.digest(), newline=False).translate(_URL_SAFE, b"=").decode()

    def lead_id(self, key: str, erasures: int = 0) -> str:
        """The id of a lead first seen by this identity: the same on every attempt, another after an erasure."""
        digest = self._leads.copy()
        digest.update(f"lead\0{key}\0{erasures}".encode("utf-8", "surrogatepass"))
        bits, pairs = int.from_bytes(digest.digest(), "big"), _PAIRS
        return "L" + "".join([pairs[bits >> shift & 1023] for shift in (70, 60, 50, 40, 30, 20, 10, 0)])

    def _identity(self, written: tuple[str, str]) -> Identity | None:
        namespace, value = written
        name, strength = self._namespaces.look_up(namespace)
        if name is None:
            return None
        form = normal_form(name, value, self._region)
        if form is None or self.policy.blocks(name, form):
            return None
        clear = name == "lead" or (name.startswith("crm:") and not _may_be_personal(form))
        meant = without_tag(form) if self.policy.fold_plus and name == "email" else form
        key = f"{name}:{form if clear else self.hashed(name, meant)}"
        return Identity(name, form, key, strength, self.policy.shares(name, meant))

    def _blocked(self, namespace: str, value: str) -> bool:
        """Of an identity that cannot be used: is it in its form?"""
        name = namespace_form(namespace)
        return name is not None and normal_form(name, value, self._region) is not None


def rank(namespace: str) -> int:
    """Strength of a namespace; 0 is strongest."""
    if namespace.startswith("crm:"):
        return 0
    return STRENGTH.index(namespace) + 1 if namespace in STRENGTH else len(STRENGTH) + 1


def _ranked(namespace: str) -> tuple[str | None, int]:
    name = namespace_form(namespace)
    return name, rank(name) if name else -1


def _chars(written: tuple[str, str]) -> int:
    return len(written[0]) + len(written[1])


def _order(identity: Identity) -> tuple[bool, int, str]:
    return identity.shared, identity.rank, identity.key


def _may_be_personal(value: str) -> bool:
    """Some CRMs take an address or a number for an id."""
    return "@" in value or value.startswith("+")
