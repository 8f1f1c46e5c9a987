"""A digest names a meaning: however a document is written, and whatever else it says."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from streams.model import model_digest
from tests.pure.model.documents import M0, M1, M1_FULL, PRESET, read

CHANGES = [
    ("model: b2b-services", "model: other"),
    ("version: 7", "version: 8"),
    ("starts: 2026-01-01", "starts: 2026-01-02"),
    ("Asia/Almaty", "Asia/Tashkent"),
    ("headcount: number", "headcount: number\n  extra: text"),
    ("headcount: number", "headcount: {type: number, unit: people}"),
    ("headcount: number", "headcount: {type: number, unit: heads}"),
    ("sensitive: true", "sensitive: false"),
    ("[none, draft, approved]", "[none, draft, approved, signed]"),
    ("trust: [sales, form, enrichment]", "trust: [form, sales, enrichment]"),
    ("limit: 100\n", "limit: 101\n"),
    ("limit: 100\n", "\n"),
    ("reading: {limit: 25}", "reading: {limit: 26}"),
    ("watched-video:", "watched-a-video:"),
    ("when: video_view, points: 2", "when: [video_view, visit], points: 2"),
    ("when: video_view, points: 2", "when: video_view, points: 2.000001"),
    ("points: 2, group: reading", "points: 2, group: buying"),
    ("repeat: once per video", "repeat: once per document"),
    ("repeat: once per video", "repeat: once"),
    ("repeat: once per video", "repeat: every time"),
    ("repeat: 3 per day", "repeat: 4 per day"),
    ("page: /blog/*", "page: /news/*"),
    ("page: /blog/*", "page: [/blog/*, /news/*]"),
    ("page: /blog/*", "page: /blog/*, channel: web"),
    ("page: /blog/*", "page: /blog/*, source: google"),
    ("page: /blog/*", "page: /blog/*, campaign: spring"),
    ("limit: 20, window", "limit: 21, window"),
    ("window: 30d", "window: 31d"),
    ("half_life: 7d", "half_life: 8d"),
    ("points: -5", "points: -6"),
    ("headcount: 20 or more", "headcount: 21 or more"),
    ("headcount: 20 or more", "headcount: under 20"),
    ("headcount: 20 or more", "headcount: 20 to 50"),
    ("headcount: 20 or more", "headcount: 20"),
    ("2y ago or earlier", "2y ago or later"),
    ("2y ago or earlier", "3y ago or earlier"),
    ("2y ago or earlier", "within 14d"),
    ("[ceo, owner, marketing *]", "[ceo, owner]"),
    ("{draft: 5, approved: 10}", "{draft: 5, approved: 11}"),
    ("{draft: 5, approved: 10}", "{approved: 10}"),
    ("email_is_free: true", "email_is_free: false"),
    ("  secondary:\n", "    now-primary: {city: Almaty, points: 1}\n  secondary:\n"),
    ("completeness: {headcount: 20", "completeness: {headcount: 21"),
    ("count: 6", "count: 5"),
    ("of: visit, within: 2d", "of: page_view, within: 2d"),
    ("of: visit, within: 2d", "of: visit, within: 3d"),
    ("points: 10, lasts: 2d", "points: 11, lasts: 2d"),
    ("points: 10, lasts: 2d", "points: 10, lasts: 3d"),
    ("points: 10, lasts: 2d", "points: 10, lasts: 2d, hand_off: true"),
    ("gain: 20", "gain: 21"),
    ("within: 1h", "within: 2h"),
    ("hand_off: true", "hand_off: false"),
    ("hot: 40", "hot: 41"),
    ("B: 20", "B: 21"),
    ("labels:\n", "labels:\n  grid: {A/hot: call now}\n"),
    ("labels:\n", "labels:\n  grid: {A/warm: call now}\n"),
    ("engagement: 40 or more", "engagement: 41 or more"),
    ("fit: 20 or more", "fit: 21 or more"),
    (", fit: 20 or more", ""),
    ("after falling under: 30", "after falling under: 31"),
    ("and not within: 14d", "and not within: 15d"),
    ("  never: [no consent]", ""),
    ("labels:\n", "consent: {scoring: needed}\nlabels:\n"),
    ("labels:\n", "consent: {contact: needed}\nlabels:\n"),
    ("labels:\n", "consent: {contact:email: needed}\nlabels:\n"),
    ("labels:\n", "consent: {closed_by: {call: [unsubscribe]}}\nlabels:\n"),
    ("labels:\n", "consent: {closed_by: {email: [unsubscribe, note]}}\nlabels:\n"),
]


@pytest.mark.parametrize(("was", "becomes"), CHANGES, ids=repr)
def test_a_change_of_meaning_changes_the_digest(was: str, becomes: str) -> None:
    assert was in M1

    assert model_digest(read(M1)) != model_digest(read(M1.replace(was, becomes, 1)))


def test_all_these_changes_have_different_digests() -> None:
    digests = {model_digest(read(M1.replace(was, becomes, 1))) for was, becomes in CHANGES}

    assert len(digests) == len(CHANGES)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("# WHAT THEY DO", "# what they do"),
        ("engagement:  ", "\n\nengagement:"),
        ("agreed: {marketing: Olga", "agreed: {marketing: Aigul"),
        ("points: 2,", "points: 2.0,"),
        ("window: 30d", "window: 720h"),
        ("[ceo, owner, marketing *]", "[marketing *, CEO, Owner, owner]"),
        ("{draft: 5, approved: 10}", "{approved: 10, draft: 5}"),
        ("page: /blog/*", "page: [/blog/*]"),
        ("when: unsubscribe", "when: [unsubscribe]"),
        ("when: unsubscribe, points: -5", "points: -5, repeat: every time, when: unsubscribe"),
        ("starts: 2026-01-01", "starts: 2025-12-31T19:00Z"),
        ("headcount: number", "headcount: {type: number}"),
        ("labels:\n", "labels:\n  grid: {}\n"),
        ("labels:\n", "consent: {scoring: assumed, closed_by: {email: unsubscribe}}\nlabels:\n"),
        ("headcount: 20 or more", 'headcount: "20.0 or more"'),
    ],
    ids=repr,
)  # fmt: skip
def test_another_way_of_saying_the_same_keeps_the_digest(was: str, becomes: str) -> None:
    assert was in M1

    assert model_digest(read(M1)) == model_digest(read(M1.replace(was, becomes, 1)))


ORDERED = ("levels", "segments")
"""The last level that holds, the first segment that fits: their order says something."""


@pytest.mark.parametrize("text", [M0, M1, M1_FULL, PRESET], ids=["m0", "m1", "m1_full", "preset"])
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_the_order_of_words_and_the_layout_say_nothing(text: str, data: st.DataObject) -> None:
    def shuffled(said: object, word: str = "") -> object:
        if isinstance(said, dict):
            keys = list(said) if word in ORDERED else data.draw(st.permutations(list(said)))
            return {key: shuffled(said[key], key) for key in keys}
        return said

    written = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    vars(yaml).update(default_flow_style=data.draw(st.booleans()), sort_base_mapping_type_on_output=False)
    yaml.dump(shuffled(yaml.load(text)), written)

    assert read(written.getvalue()) == read(text)
    assert model_digest(read(written.getvalue())) == model_digest(read(text))


def test_a_digest_once_given_stays() -> None:
    """It is on the log and in every control record: a release that changed it would score with no model."""
    assert model_digest(read(M0)) == "sha256:5035409639936591bd66cfbc9bbca2b6a9cfac8e848fc542a1b49ad2187602bd"
    assert model_digest(read(M1)) == "sha256:58291070d5bff4ce16cf3108041afca1ce66b97067cb40c35758b3ad645384e3"


@pytest.mark.parametrize(
    ("preset", "digest"),
    [
        ("short", "sha256:c74478855a488313519598b56f796669342c777317741fcb629492c2e3c545d5"),
        ("eight", "sha256:b437a8b1240da4b191d4d77b981438cff2e1088f411fc2ffef339867d96a47f4"),
        ("agency", "sha256:3866a0e0a31fdee6bdbfff98fa18ae8e4f80c70489d5ff120915d63a0dd7fcc4"),
    ],
)
def test_stages_that_come_with_the_product_stay_what_they_are(preset: str, digest: str) -> None:
    """The document names them, and its digest means them: stages that are to change are a preset of another name."""
    assert digest == model_digest(read(f"{M0}\nstages: {preset}\n"))
