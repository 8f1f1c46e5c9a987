"""How people write identities, and the one way we write each: normal forms by namespace. None: not usable."""

import re

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from streams.people.dialling import dialled

MAX_CHARS = 256
MAX_EMAIL = 254
LEAD_ID = re.compile(r"L[0-9A-HJKMNP-TV-Z]{16}")
_NAMESPACE = re.compile(r"[a-z][a-z0-9_.-]{0,31}(:[a-z0-9_.-]{1,32})?")
_MESSENGER_LINK = re.compile(r"^(https?://)?(t\.me|telegram\.me)/", re.IGNORECASE)
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
            # A number where it is one (`wa_id` leaves out the plus), otherwise WhatsApp's own id.
            return phone_form(f"+{text}" if text.isdigit() else text, region) or text
        case "telegram":
            return _MESSENGER_LINK.sub("", text).lstrip("@").lower() or None
    return text


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
