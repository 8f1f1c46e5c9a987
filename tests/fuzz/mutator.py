"""Makes messages nobody meant to send out of ones somebody did: bytes and JSON bent, all from one seed."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Place = tuple[Any, Any]
"""A container and the key or index in it."""

NUMBERS = (
    "0", "-0", "-1", "1", "0.1", "-0.0", "1E5", "2147483648", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e15", "1.1e15",
    "1e308", "-1e308", "1e999", "5e-324", "NaN", "Infinity", "-Infinity", "01", "+1", "1.", "0x10", "9" * 400,
    "9" * 5_000, "-" + "9" * 400,
)  # fmt: skip
"""As they may stand in JSON, or may not."""

TIMES = (
    "0", "-1", "1", "253402300799999", "253402300800000", "9223372036854775807", "1.5", "1e12", "true", "null", '""',
    '"1970-01-01T00:00:00Z"', '"1969-12-31T23:59:59.999Z"', '"0001-01-01T00:00:00+23:59"', '"2026-11-22"',
    '"9999-12-31T23:59:59.999999-23:59"', '"2026-11-22T10:00:60Z"', '"2026-11-22T10:00:00"', '"2026-02-30T10:00:00Z"',
    '"2026-11-22T10:00:00+24:00"', '"2026-11-22 10:00:00Z"', '"1795152065212"', '"now"', "1795152065212",
)  # fmt: skip

TEXTS = (
    '""', '" "', r'"\u0000"', r'"\ud800"', r'"\udfff\ud800"', '"\u202eabc"', '"👩‍👩‍👧"', '"İSTANBUL"', '"ﬁ"', '"null"',
    '"[object Object]"', '"a@b.c"', '"%2540"', '"+77010000000"', '"/"', '"//"', '"?"', '"../../etc"',
    '"L0000000000000000"', '"<script>"', '"\\\\"', r'"\n\r\t"',
    '"0"', '"true"', '"1e999"', '"nan"', '"inf"', '"crm:x"', '"lead"', '"email"',
)  # fmt: skip

LONG = ("a", "1", "@", "%25", "+7", "a.", "1-", "\\ud83d\\ude00", "(", " ", "é", "a@b.c ", "/", "2026-11-22 ")
OTHERS = ("null", "true", "false", "[]", "{}", "[[]]", '{"":null}', "[null]")
TOKENS = (
    b"NaN", b"\x00", b"\xef\xbb\xbf", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"{", b"}", b"[", b"]", b",", b":", b'"',
    b"\\", b"\\u", b"\\ud800", b"null", b"1e999", b"//", b"\n",
)  # fmt: skip
NAMES = ("", "email", "phone", "lead", "crm:x", "\x00", "a" * 300, "null", "__proto__", "🙂", "at", "who", "type", "$")
ID_FIELDS = ("touch_id", "fact_id", "update_id", "id")
TIME_FIELDS = ("at", "at_ms", "until", "until_ms", "respond_by_ms")
_MARK = "\ue000{}\ue001"


class Mutator:
    """One stream of mutated messages."""

    def __init__(self, samples: Sequence[bytes], seed: int) -> None:
        self._random = Random(seed)
        self._samples = samples
        self._raw: list[str] = []
        self._serial = 0
        self._of_bytes: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._insert, self._delete, self._repeat, self._truncate, self._concatenate, self._splice,
        )  # fmt: skip

    def mutate(self, sample: bytes) -> bytes:
        """One message: mostly still JSON, so that what lies behind the door is reached too."""
        random = self._random
        if random.random() < 0.75:
            sample = self._bend(json.loads(sample))
        return self.bend_bytes(sample) if random.random() < 0.3 else sample

    def bend_bytes(self, sample: bytes) -> bytes:
        """Whatever they mean."""
        for _ in range(self._random.choice((1, 1, 1, 2, 8))):
            sample = self._random.choice(self._of_bytes)(sample)
        return sample

    def _bend(self, body: dict[str, Any]) -> bytes:
        """The same object with some places changed, and with an id of its own, or it would be a repeat."""
        self._raw = []
        random = self._random
        if random.random() < 0.9:
            self._serial += 1
            for name in ID_FIELDS:
                if name in body:
                    body[name] = f"{body[name]}-{self._serial}"
        for _ in range(random.choice((0, 0, 1, 1, 1, 2, 3, 6))):
            places = _places(body)
            if places:
                self._change(*random.choice(places))
        text = json.dumps(body, ensure_ascii=random.random() < 0.5)
        for number, raw in enumerate(self._raw):
            for written in (_MARK.format(number), json.dumps(_MARK.format(number))[1:-1]):
                text = text.replace(f'"{written}"', raw)
        return text.encode("utf-8", "surrogatepass")

    def _change(self, where: Any, key: Any) -> None:
        random = self._random
        match random.randrange(12):
            case 0:
                del where[key]
            case 1 if isinstance(where, dict):
                where[random.choice(NAMES)] = where.pop(key)
            case 2:
                self._put(where, key, json.dumps(where[key]) if isinstance(where[key], str) else "[1]")
            case 3 if isinstance(where, dict):
                twice = f'"{random.choice(TEXTS)[1:-1]}",{json.dumps(str(key))}:{random.choice(OTHERS)}'
                self._put(where, key, twice)
            case 4:
                deep = random.choice((2, 15, 16, 17, 100, 1_000, 20_000))
                opened, closed = random.choice((("[", "]"), ('{"a":', "}")))
                self._put(where, key, opened * deep + "1" + closed * deep)
            case 5:
                long = random.choice(LONG)
                self._put(where, key, f'"{long * (random.choice((10, 257, 600, 3_000, 30_000)) // len(long))}"')
            case 6 | 7 | 8 if key in TIME_FIELDS:
                self._put(where, key, random.choice(TIMES))
            case 6 | 7:
                self._put(where, key, random.choice(NUMBERS))
            case 8:
                self._put(where, key, random.choice(TEXTS))
            case 9:
                self._put(where, key, random.choice(OTHERS))
            case 10 if isinstance(where[key], int | float) and not isinstance(where[key], bool):
                where[key] += random.choice((-1, 1, 1_000, -86_400_000, 86_400_000, 10**9))
            case _:
                self._put(where, key, json.dumps(str(random.random())))

    def _put(self, where: Any, key: Any, raw: str) -> None:
        """JSON no dumper would write: a mark in its place, replaced at the end."""
        where[key] = _MARK.format(len(self._raw))
        self._raw.append(raw)

    def _flip(self, value: bytes) -> bytes:
        if not value:
            return value
        at = self._random.randrange(len(value))
        return value[:at] + bytes([value[at] ^ 1 << self._random.randrange(8)]) + value[at + 1 :]

    def _insert(self, value: bytes) -> bytes:
        at = self._random.randint(0, len(value))
        token = self._random.choice((*TOKENS, self._random.randbytes(4)))
        return value[:at] + token + value[at:]

    def _delete(self, value: bytes) -> bytes:
        at = self._random.randint(0, len(value))
        return value[:at] + value[at + self._random.choice((1, 1, 2, 16)) :]

    def _repeat(self, value: bytes) -> bytes:
        start = self._random.randint(0, len(value))
        part = value[start : start + self._random.choice((1, 2, 30))]
        return value[:start] + part * self._random.choice((2, 3, 1_000)) + value[start:]

    def _truncate(self, value: bytes) -> bytes:
        return value[: self._random.randint(0, len(value))]

    def _concatenate(self, value: bytes) -> bytes:
        return value + self._random.choice((b"", b"\n", b",", b" ")) + self._random.choice(self._samples)

    def _splice(self, value: bytes) -> bytes:
        other = self._random.choice(self._samples)
        return value[: self._random.randint(0, len(value))] + other[self._random.randint(0, len(other)) :]


def _places(body: Any) -> list[Place]:
    """Every value of a document by where it stands."""
    found: list[Place] = []
    waiting = [body]
    while waiting:
        where = waiting.pop()
        inner = list(where.items()) if isinstance(where, dict) else list(enumerate(where))
        for key, value in inner:
            found.append((where, key))
            if isinstance(value, dict | list):
                waiting.append(value)
    return found
