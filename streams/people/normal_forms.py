"""How people write identities, and the one way we write each: normal forms by namespace. None: not usable."""

import re

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from streams.people.dialling import dialled
from streams.people.messenger_forms import crm_form, telegram_form, viber_form, whatsapp_form

MAX_CHARS = 256
MAX_EMAIL = 254
LEAD_ID = re.compile(r"L[0-9A-HJKMNP-TV-Z]{16}")
_NAMESPACE = re.compile(r"[a-z][a-z0-9_.-]{0,31}(:[a-z0-9_.-]{1,32})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_EMAIL = re.compile(rf"[a-z0-9_+-]{{1,64}}(?:\.[a-z0-9_+-]{{1,64}})*@((?:{_LABEL}\.)+{_LABEL})")
"""What nearly all addresses look like: nothing in them to normalise but capitals."""
_REFUSED_DOMAINS = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES if name != "test")

NOBODY = frozenset((
    "null", "undefined", "none", "nil", "nan", "[object object]", "anonymous", "guest", "unknown", "not_authenticated",
))  # fmt: skip
"""What broken trackers send for everybody at once: taken as an identity, it would make all of them one lead."""


def namespace_form(namespace: str) -> str | None:
    """Lower case, short, of letters and digits: a namespace is a name, never somebody's data."""
    name = namespace.strip().lower()
    return name if _NAMESPACE.fullmatch(name) else None


def normal_form(namespace: str, value: str, region: str) -> str | None:
    """The identity as everybody who means it would write it; `namespace` in its own normal form."""
    if len(value) > MAX_CHARS:
        return None
    text = value.strip()
    if not text or text.casefold() in NOBODY or _CONTROL.search(text):
        return None
    match namespace:
        case "lead":
            return text.upper() if LEAD_ID.fullmatch(text.upper()) else None
        case "email":
            return email_form(text)
        case "phone":
            return phone_form(text, region)
        case "whatsapp":
            return whatsapp_form(text, lambda number: phone_form(number, region))
        case "telegram":
            return telegram_form(text, lambda number: phone_form(number, region))
        case "viber":
            return viber_form(text, lambda number: phone_form(number, region))
    return crm_form(namespace, text) if namespace.startswith("crm:") else text


def email_form(text: str) -> str | None:
    """Lower case, the domain in Unicode."""
    plain = text.lower() if text.isascii() else ""
    found = _PLAIN_EMAIL.fullmatch(plain)
    # 30 us cheaper than the library, which says the same of these: a test compares.
    if found and "--" not in plain and len(plain) <= MAX_EMAIL and not f".{found[1]}".endswith(_REFUSED_DOMAINS):
        return plain
    try:
        checked = validate_email(
            text, check_deliverability=False, globally_deliverable=False, test_environment=True, strict=False
        )
    except EmailNotValidError:
        return None
    return checked.normalized.lower()


def phone_form(text: str, region: str) -> str | None:
    """E.164."""
    if dialled(text) is not None:
        return text
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def without_tag(address: str) -> str:
    """`ann+shop@example.com` as `ann@example.com`; the address in its normal form."""
    name, at, domain = address.rpartition("@")
    plain = name.partition("+")[0]
    return f"{plain}{at}{domain}" if plain else address
