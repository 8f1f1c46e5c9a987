"""Numbers written as they are dialled from abroad, which is their normal form already: read at a tenth of the price."""

import re
from functools import lru_cache

from msgspec import Struct
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, region_code_for_country_code
from phonenumbers.re_util import enable_pattern_cache

_WHOLE = re.compile(r"\+[1-9][0-9]{4,16}")

# The library's patterns are those of its own tables: compiled once, they need no second look-up in a smaller cache.
enable_pattern_cache()


class Plan(Struct, frozen=True):
    """What the numbers of one calling code look like."""

    code: int
    digits: int
    """Of the calling code."""
    prefix: "re.Pattern[str] | None"
    """What may stand before a number at home and is left out abroad."""
    lengths: frozenset[int]


def dialled(text: str) -> PhoneNumber | None:
    """A number in E.164 that every reader takes as it is; None: ask the library, which knows all other ways."""
    if _WHOLE.fullmatch(text) is None:
        return None
    plan = _plan(text[1:4])
    if plan is None:
        return None
    number = text[1 + plan.digits :]
    # A zero in front belongs to the number in some countries; and a prefix would be taken off.
    if len(number) not in plan.lengths or number[0] == "0" or (plan.prefix and plan.prefix.match(number)):
        return None
    return PhoneNumber(country_code=plan.code, national_number=int(number))


@lru_cache(1_000)
def _plan(begins: str) -> Plan | None:
    """By the first three digits."""
    for digits in (1, 2, 3):
        code = int(begins[:digits])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            found = PhoneMetadata.metadata_for_region_or_calling_code(code, region_code_for_country_code(code))
            if found is None or found.general_desc is None:
                return None
            prefix = found.national_prefix_for_parsing
            lengths = frozenset(found.general_desc.possible_length)
            return Plan(code, digits, re.compile(prefix) if prefix else None, lengths)
    return None
