"""How messengers and CRMs write one person in several ways, and the one way we write it. None: nobody in particular."""

import re
from collections.abc import Callable

Phone = Callable[[str], str | None]
"""E.164 of a text, or None."""

_BUSINESS_SCOPED = re.compile(r"([A-Za-z]{2}(?:\.[Ee][Nn][Tt])?)\.([A-Za-z0-9]{1,128})")
"""WhatsApp's id of a user for one business: a country, a point, letters and digits."""
_WHATSAPP_LINK = re.compile(r"^(?:https?://)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=)", re.IGNORECASE)
_WHATSAPP_ADDRESS = re.compile(r"([0-9]{5,20})(?::[0-9]+)?@(?:s\.whatsapp\.net|c\.us)", re.IGNORECASE)
"""As clients of the phone application write a person, perhaps with a device."""
_GROUP = re.compile(r"[0-9a-z-]+@(?:g\.us|broadcast|newsletter)", re.IGNORECASE)

_TELEGRAM_LINK = re.compile(
    r"^(?:(?:https?://)?(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)/|tg:(?://)?resolve\?domain=)", re.IGNORECASE
)
_TELEGRAM_ID_LINK = re.compile(r"^tg:(?://)?user\?id=(?=[0-9])", re.IGNORECASE)
_CHAT = re.compile(r"-[0-9]+")
"""Telegram's groups and channels have ids under zero."""
_NOT_PEOPLE = frozenset((
    "joinchat", "share", "addstickers", "addemoji", "addlist", "proxy", "socks", "login", "boost", "invoice", "c", "s",
))  # fmt: skip
"""First words of Telegram's links that lead to no person: taken for a name, they would make one lead of many."""
_AFTER_NAME = re.compile(r"[/?#&]")

_SALESFORCE_ID = re.compile(r"[A-Za-z0-9]{15}")
_SALESFORCE_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def whatsapp_form(text: str, phone: Phone) -> str | None:
    """E.164 where it is a number (`wa_id` leaves out the plus), otherwise WhatsApp's own id."""
    if scoped := _BUSINESS_SCOPED.fullmatch(text):
        # Told apart first: a library for phone numbers would call some of them.
        return f"{scoped[1].upper()}.{scoped[2]}"
    if _GROUP.fullmatch(text):
        return None
    address = _WHATSAPP_ADDRESS.fullmatch(text)
    number = address[1] if address else _AFTER_NAME.split(_WHATSAPP_LINK.sub("", text, count=1))[0]
    return phone(f"+{number}" if number.isdecimal() else number) or text


def telegram_form(text: str, phone: Phone) -> str | None:
    """The number Telegram knows somebody by, or the name in lower case: two identities, since names change hands."""
    name = _TELEGRAM_ID_LINK.sub("", text, count=1)
    name = _AFTER_NAME.split(_TELEGRAM_LINK.sub("", name, count=1))[0].lstrip("@").lower()
    if name.isdecimal() and name.isascii():
        return name.lstrip("0") or None
    if name.startswith("+"):
        return phone(name)
    return None if not name or name in _NOT_PEOPLE or _CHAT.fullmatch(name) else name


def viber_form(text: str, phone: Phone) -> str:
    """E.164 where it is a number, otherwise Viber's id, in which capitals count."""
    if text.isdecimal() and text.isascii():
        return phone(f"+{text}") or text
    return phone(text) or text if text.startswith("+") else text


def crm_form(namespace: str, text: str) -> str:
    """As the CRM says it. Salesforce's are of 15 characters, or of 18: three more are a checksum of the capitals."""
    if namespace != "crm:salesforce" or not _SALESFORCE_ID.fullmatch(text):
        return text
    blocks = (text[at : at + 5] for at in (0, 5, 10))
    sums = (sum(1 << bit for bit, sign in enumerate(block) if sign.isupper()) for block in blocks)
    return text + "".join(_SALESFORCE_CHECK[capitals] for capitals in sums)
