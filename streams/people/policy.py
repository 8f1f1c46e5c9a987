"""What may make two leads one: which identities are evidence, how many a lead may have, what is nobody's."""

import re
from functools import lru_cache

from msgspec import Struct, field

OTHERS = "others"
"""Stands for every namespace that no other line names."""

NUMBERED = ("whatsapp", "viber", "telegram")
"""Messengers whose identity may be a phone number: patterns of `phone` hold for them as well."""

ONE_DIGIT = tuple("*" + 9 * digit for digit in "0123456789")
"""Numbers that end in nine times one digit: +10000000000, +79999999999. Nobody's, and typed by thousands."""

MAILBOXES = (
    "info@*", "sales@*", "office@*", "contact@*", "contacts@*", "hello@*", "mail@*", "support@*", "admin@*", "zakaz@*",
    "order@*", "orders@*", "manager@*", "reception@*", "marketing@*", "buh@*", "accounting@*", "zakupki@*", "hr@*",
)  # fmt: skip
"""Read by several people of one firm."""

NOBODYS_ADDRESSES = (
    "test@*", "noreply@*", "no-reply@*", "donotreply@*", "do-not-reply@*", "none@*", "nobody@*", "null@*",
    "mailer-daemon@*", "postmaster@*",
)  # fmt: skip
"""Written where an address must be, by people who give none and by machines."""


class Rule(Struct, frozen=True):
    """How identities of one namespace are taken."""

    strong: bool = False
    """Two different ones are two people: a weak identity then merges nothing."""
    shared: bool = False
    """Of several people: finds a lead, and never merges one."""
    most_per_lead: int = 10
    """A merge, or a newcomer, that would give a lead more is refused."""
    shared_after: int = 20
    """Of a weak identity: refused for more leads than this, it is taken for shared from then on; 0: never."""


RULES = {
    "crm:*": Rule(strong=True, most_per_lead=1, shared_after=0),
    "user": Rule(strong=True, most_per_lead=1, shared_after=0),
    "email": Rule(strong=True, most_per_lead=5, shared_after=0),
    "whatsapp": Rule(strong=True, most_per_lead=3, shared_after=0),
    "telegram": Rule(strong=True, most_per_lead=3, shared_after=0),
    "viber": Rule(strong=True, most_per_lead=3, shared_after=0),
    "phone": Rule(most_per_lead=5, shared_after=5),
    "anonymous": Rule(most_per_lead=50, shared_after=20),
    OTHERS: Rule(most_per_lead=10, shared_after=20),
}


class IdentityPolicy(Struct, frozen=True, kw_only=True):
    """The whole policy; what it says by default is `deploy/identity.yaml` (a test compares)."""

    rules: dict[str, Rule] = field(default_factory=RULES.copy)
    """By namespace; `crm:*` for every CRM that has no line of its own, `others` for the rest."""
    most_identities: int = 200
    """Identities of all namespaces that one lead may have."""
    blocked: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"email": NOBODYS_ADDRESSES, "phone": ONE_DIGIT}
    )
    """Patterns by namespace of what is nobody's: never an identity. `*` is any text."""
    shared: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"email": MAILBOXES})
    """Patterns by namespace of what several people use: as `Rule.shared`."""
    fold_plus: bool = False
    """Whether `ann+shop@example.com` is `ann@example.com`."""

    def of(self, namespace: str) -> Rule:
        """The rule of a namespace, in its normal form. Limits are per namespace: `crm:a` and `crm:b` count apart."""
        rule = self.rules.get(namespace)
        if rule is None and namespace.startswith("crm:"):
            rule = self.rules.get("crm:*")
        if rule is None:
            rule = self.rules.get(OTHERS)
        return rule if rule is not None else RULES[OTHERS]

    def blocks(self, namespace: str, normal_form: str) -> bool:
        """Is it nobody's?"""
        return _among(self.blocked, namespace, normal_form)

    def shares(self, namespace: str, normal_form: str) -> bool:
        """Is it of several people: by its namespace, or by its value?"""
        return self.of(namespace).shared or _among(self.shared, namespace, normal_form)


def _among(patterns: dict[str, tuple[str, ...]], namespace: str, normal_form: str) -> bool:
    own = patterns.get(namespace, ())
    if own and _matcher(own).fullmatch(normal_form):
        return True
    numbers = patterns.get("phone", ()) if namespace in NUMBERED and normal_form.startswith("+") else ()
    return bool(numbers and _matcher(numbers).fullmatch(normal_form))


@lru_cache(maxsize=256)
def _matcher(patterns: tuple[str, ...]) -> "re.Pattern[str]":
    return re.compile("|".join(".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns), re.DOTALL)
