"""What is remembered: short things, so many of them, and no long ones."""

from streams.people.identity import Hider
from streams.people.redaction import Redactor
from streams.remembered import MOST_CHARS, Remembered


def test_a_short_text_is_worked_out_once_and_a_long_one_each_time() -> None:
    asked: list[str] = []

    def note(text: str) -> str:
        asked.append(text)
        return text.upper()

    look_up = Remembered(note, 10, len).look_up
    long = "x" * (MOST_CHARS + 1)

    assert ["A", "A", long.upper(), long.upper()] == [look_up(text) for text in ("a", "a", long, long)]
    assert ["a", long, long] == asked


def test_no_more_than_so_many_are_kept() -> None:
    remembered = Remembered(str.upper, 10, len)
    for number in range(1_000):
        remembered.look_up(str(number))

    assert 0 < len(remembered) <= 10


def test_long_texts_and_identities_leave_nothing_in_memory() -> None:
    redactor, hider = Redactor((), "KZ"), Hider("key", "KZ")
    for number in range(50):
        long = f"{number}" + "x" * 1_000
        redactor.text(long)
        redactor.page(long)
        hider.who({"user": long})
        hider.identity("user", long)

    kept = (redactor._texts, redactor._pages, hider._known, hider._identities)
    assert [0, 0, 0, 0] == [len(remembered) for remembered in kept]
