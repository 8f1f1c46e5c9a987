"""What must not reach the log: cuts pages to their path, properties to the keep-list, hides addresses and numbers."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import phonenumbers

from streams.remembered import Remembered

EMAIL_HIDDEN = "[email]"
PHONE_HIDDEN = "[phone]"
MAX_TEXT = 500
"""Characters of any text on the log."""

CACHED = 1 << 16
"""Texts whose scrubbed form is remembered: kinds, campaigns and pages repeat all day."""

_AT = r"(?:@|%(?:25)*40)"
_PART = r"[^\s@/?#&=,;:<>\"'()\[\]{}|\\]"
# Only from where a part begins: looked for at each of its characters, 250 kB without an @ take minutes.
_EMAIL = re.compile(rf"(?<!{_PART}){_PART}+{_AT}{_PART}+")
_MAY_HOLD_EMAIL = re.compile(_AT)
_MAY_HOLD_PHONE = re.compile(r"\d(?:\D{0,8}\d){6}")

_GAP = r"(?:[\s().\-–—]|%(?:25)*20){0,3}"
_PLUS = r"(?:\+|%(?:25)*2[Bb])"
_PHONE = re.compile(
    # Told apart first, and left alone: UUIDs and dates are full of digits and are nobody's number.
    r"(?P<other>(?<![0-9A-Za-z])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
    r"|(?<!\d)\d{4}([-./])\d{1,2}\2\d{1,2}(?:[T ]\d\d:\d\d(?::\d\d)?)?(?![\d])"
    r"|(?<!\d)\d{1,2}([-./])\d{1,2}\3\d{4}(?:[T ]\d\d:\d\d(?::\d\d)?)?(?![\d]))"
    rf"|(?P<plus>{_PLUS}{_GAP}\d(?:{_GAP}\d){{6,14}}(?!\d))"
    rf"|(?P<bare>(?<!\d)\(?\d(?:{_GAP}\d){{9,14}}(?!\d))"
)
_HOST_FIRST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*|^(?:[\w-]+\.)+[a-z]{2,}(?=[/?#:])(?::\d+)?", re.IGNORECASE)
_BEYOND_PATH = re.compile(r"[?#;]|%(?:25)*3[Ff]|%(?:25)*23")

Scrub = Callable[[str], str]


class Redactor:
    """Knows what a deployment keeps; remembers texts it has seen."""

    def __init__(self, keep_props: Iterable[str], region: str) -> None:
        self._keep = frozenset(keep_props)
        self._region = region
        self._texts, self._pages = Remembered(self._text, CACHED, len), Remembered(self._page, CACHED, len)
        self.text: Scrub = self._texts.look_up
        """A text with addresses and numbers hidden, at most MAX_TEXT characters."""
        self.page: Scrub = self._pages.look_up
        """The path of a URL, scrubbed: people type personal data into forms that end in queries."""

    def props(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """Kept properties with values that say one thing; texts scrubbed."""
        kept: dict[str, Any] = {}
        for name, value in props.items():
            if name in self._keep:
                if type(value) is str:
                    kept[name] = self.text(value)
                elif (safe := self.scalar(value)) is not None:
                    kept[name] = safe
        return kept

    def scalar(self, value: Any) -> str | int | float | bool | None:
        """A text, number or yes-no that may be logged; None for all else."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return None if abs(value) >= 10**9 and self._is_number(str(abs(value))) else value
        return None

    def _text(self, text: str) -> str:
        text = text.strip()
        if _MAY_HOLD_EMAIL.search(text):
            text = _EMAIL.sub(EMAIL_HIDDEN, text)
        if _MAY_HOLD_PHONE.search(text):
            text = _PHONE.sub(self._phone, text)
        return text if len(text) <= MAX_TEXT else text[:MAX_TEXT]

    def _page(self, page: str) -> str:
        path = _HOST_FIRST.sub("", page.strip(), count=1)
        beyond = _BEYOND_PATH.search(path)
        if beyond:
            path = path[: beyond.start()]
        if not path.startswith("/"):
            path = f"/{path}"
        return self._text(path)

    def _phone(self, match: "re.Match[str]") -> str:
        """Hide what has a plus, what is grouped as people group numbers, and what the plan of a country allows."""
        found = match[0]
        if match["other"]:
            return found
        if match["plus"] or not found.isdigit() or self._is_number(found):
            return PHONE_HIDDEN
        return found

    def _is_number(self, digits: str) -> bool:
        return _valid(f"+{digits.lstrip('0')}", None) or _valid(digits, self._region)


def _valid(text: str, region: str | None) -> bool:
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False
