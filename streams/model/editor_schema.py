"""A JSON Schema of model documents for editors; what needs the whole document is told by `model check`."""

from typing import Any

from streams.consent import CHANNELS
from streams.model.conditions import FIELDS
from streams.model.consent import ASSUMED, CLOSED_BY, NEEDED, PURPOSES
from streams.model.facts import DERIVED, TYPES
from streams.model.handoff import KNOWN_NEVER
from streams.model.labels import PAIRS
from streams.model.levels import AT_ONCE, MEANS
from streams.model.segments import EVERYONE
from streams.model.stage_schema import way_schema
from streams.model.words.durations import UNITS
from streams.model.words.kinds import KNOWN_KINDS

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ID = "https://touchline.io/schemas/v1/scoring-model.document.json"
_MODEL = r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$"
_NAME = r"^\w(?:[\w-]{0,62}\w)?$"
_DURATION = rf"^[0-9]+(?:\.[0-9]+)? ?(?:{'|'.join(UNITS)})$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?$"
_LINE = r"^[-+]?[0-9]+(?:\.[0-9]+)? or more$"

_TEXT: Schema = {"type": "string", "minLength": 1}


def editor_schema() -> Schema:
    """The whole schema."""
    return {
        "$schema": DRAFT,
        "$id": ID,
        "title": "Scoring model",
        "description": "What counts, for how much and for how long. The reference is deploy/models/README.md.",
        **_block(_top(), need=("model", "version", "engagement")),
        "$defs": _defs(),
    }


def _top() -> dict[str, Schema]:
    return {
        "model": _said("Name on every score.", type="string", pattern=_MODEL),
        "version": _said("Greater for every change.", type="integer", minimum=1),
        "starts": _said("May not be in force before.", type="string", pattern=_DATE),
        "time_zone": _said("Whose day `3 per day` means; UTC if absent.", type="string", examples=["Asia/Almaty"]),
        "agreed": _said("Who agreed, and when to review it: for people.", type="object"),
        "facts": _said("What may be known about a lead.", **_named(_ref("fact"))),
        "allow_sensitive": _said(
            "Sensitive facts that may score all the same, and why.",
            **_named(_block({"because": _said("Why.", type="string", minLength=1)}, need=("because",))),
        ),
        "trust": _said("Whose word wins, the most trusted first.", **_ref("texts")),
        "frameworks": _said("Facts that qualify a lead, such as BANT.", **_named(_ref("texts"))),
        "segments": _said("The first that fits is a lead's.", **_named(_any(
            _said("All who are left.", const=EVERYONE), _ref("about_lead")
        ))),
        "engagement": _said("What they do.", **_block(_engagement(), need=("rules",))),
        "fit": _said("Who they are.", **_block({
            "primary": _said("Known and not met: not a lead for sales.", **_named(_ref("criterion"))),
            "secondary": _said("Better or worse.", **_named(_ref("criterion"))),
        })),
        "completeness": _said("Points per known fact.", **_map(_ref("above_0"))),
        "velocity": _said("How fast.", **_named(_any(_ref("burst"), _ref("surge")))),
        "labels": _said("Words for scores.", **_block({
            "temperature": _said("By engagement.", **_lines("hot", "warm", "cold")),
            "grade": _said("By fit.", **_lines("A", "B", "C")),
            "grid": _said("Names for pairs of both.", **_block(dict.fromkeys(PAIRS, _TEXT))),
        })),
        "levels": _said("Lowest first: the last one that holds is a lead's.", type="object",
                        patternProperties={f"{AT_ONCE}$": _ref("fast_path")}, additionalProperties=_ref("level")),
        "handoff": _said("When a lead goes to sales.", **_block(_handoff(), need=("when",))),
        "consent": _said("What needs a yes, and what is a no.", **_block({
            **dict.fromkeys(PURPOSES, _said("`needed`: nothing without a yes.", enum=[NEEDED, ASSUMED])),
            CLOSED_BY: _said("Touches that close a channel.", **_block(dict.fromkeys(CHANNELS, _ref("kinds")))),
        })),
        **way_schema(),
        "campaigns": _said("What is different for a campaign.", **_map(_ref("campaign"))),
    }  # fmt: skip


def _engagement() -> dict[str, Schema]:
    group = _block({"limit": _said("Most that its rules come to together.", **_ref("above_0"))}, need=("limit",))
    return {
        "limit": _said("Most that all of it may come to.", **_ref("above_0")),
        "groups": _said("Rules that share a limit.", **_named(group)),
        "rules": _said("What counts, and for how much.", **_named(_ref("rule"))),
    }


def _handoff() -> dict[str, Schema]:
    again = _block({
        "after falling under": _said("25 % under the line if absent.", type="number", exclusiveMinimum=0),
        "and not within": _said("14d if absent.", **_ref("duration")),
    })  # fmt: skip
    never = {"enum": sorted(KNOWN_NEVER)}
    return {
        "when": _said("Both lines must be met.", **_block(_both_lines(), need=("engagement",))),
        "again": _said("When it may be handed off again: both.", **again),
        "partners": _said("Who fails a primary criterion goes to partners; false if absent.", type="boolean"),
        "never": _said("What holds a hand-off back.", **_any(never, {"type": "array", "items": never, "minItems": 1})),
    }


def _defs() -> dict[str, Schema]:
    points = _said("Plus or minus, at most 6 decimals.", type="number", minimum=-1_000_000, maximum=1_000_000)
    kind = {"type": "string", "minLength": 1, "pattern": r"^[^*]+$"}
    known = {"enum": list(KNOWN_KINDS)}
    return {
        "points": points,
        "above_0": {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000},
        "duration": _said(
            "A number and a unit: s, m, h, d, w.", type="string", pattern=_DURATION, examples=["30d", "12h", "90m"]
        ),
        "line": _said("Met at the number itself.", type="string", pattern=_LINE, examples=["40 or more"]),
        "texts": _any(_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}),
        "kinds": _said("Kinds of touch, any of them; open.", **_any(
            known, kind, {"type": "array", "minItems": 1, "items": _any(known, kind)}
        )),
        "fact": _any(
            {"enum": list(TYPES)}, _ref("scale"),
            _block({
                "type": _any({"enum": list(TYPES)}, _ref("scale")),
                "sensitive": _said("Stored, and may not score.", type="boolean"),
                "unit": _said("What its values are counted in.", **_TEXT),
            }, need=("type",)),
        ),
        "scale": _said("Weakest first.", type="array", minItems=2, uniqueItems=True, items={"type": "string"}),
        "test": _said("`20 or more`, `under 20`, `20 to 50`, a text, a list, true, `2y ago or earlier`, `within 14d`.",
                      **_any({"type": ["string", "number", "boolean"]}, _ref("texts"))),
        "rule": _block({**_touch_words(), **_rule_words(kinds="kinds")}, need=("when", "points")),
        "about_touch": _block(_touch_words(), least=1),
        "about_facts": _facts_and({}, "about_facts"),
        "about_lead": _facts_and({"did": _did()}, "about_lead"),
        "criterion": _facts_and(
            {"points": _ref("points"), "redirect": _said("Leave such people out of campaigns.", type="boolean")},
            "about_facts", value=_any(_ref("test"), _map(_ref("points")))
        ),
        "burst": _block({
            "count": _said("So many touches.", type="integer", minimum=2, maximum=100),
            "of": _ref("kinds"), "within": _ref("duration"), "points": _ref("above_0"), "lasts": _ref("duration"),
            "hand_off": _said("Hand off under the engagement line.", type="boolean"),
        }, need=("count", "of", "within", "points", "lasts")),
        "surge": _block({
            "gain": _said("So many points.", **_ref("above_0")), "within": _ref("duration"),
            "hand_off": _said("Hand off under the engagement line.", type="boolean"),
        }, need=("gain", "within")),
        "level": _any(_block({"means": {"enum": sorted(MEANS)}}, need=("means",)), _facts_and({
            **_both_lines(), "did": _did(),
            "without": _said("Touches that take a lead out of it.", **_ref("kinds")),
            "primary": _said("Each of them known and met.", const="all true"),
        }, "about_lead", forbids=("means", "hand_off"))),
        "fast_path": _facts_and({
            "hand_off": _said("Hand off past the lines.", type="boolean"), "did": _did(),
        }, "about_lead", forbids=("means", "engagement", "fit", "without", "primary")),
        "campaign": _block({
            "until": _said("From then on as everybody.", type="string", pattern=_DATE),
            "handoff": _said("The lines of its leads.", **_block(_both_lines())),
            "rules": _said("Points of its touches.", **_map(_block({"points": _ref("points")}, need=("points",)))),
        }),
    }  # fmt: skip


def _rule_words(kinds: str) -> dict[str, Schema]:
    by_value = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": _map(_ref("points"), 1),
    }
    repeat = r"^(?:once|every time|once per (?!(?:hour|week|month|quarter|year)$)\w[\w.-]*|[0-9]+ per day)$"
    return {
        "when": _ref(kinds),
        "points": _any(_ref("points"), _said("At the values of one property.", **by_value)),
        "group": _said("The group whose limit it shares.", type="string", minLength=1),
        "limit": _said("Most that the rule may come to.", **_ref("above_0")),
        "window": _said("A touch counts only so long.", **_ref("duration")),
        "half_life": _said("After so long a touch is worth half.", **_ref("duration")),
        "repeat": _said(
            "How often it counts.", type="string", pattern=repeat, examples=["once", "once per video", "3 per day"]
        ),
    }


def _touch_words() -> dict[str, Schema]:
    return {
        **{field: _said("One or a list; `*` stands for any characters.", **_ref("texts")) for field in FIELDS},
        "props": _said("Properties of the touch.", **_map(_ref("test"), 1)),
        "facts": _said("Facts of the lead: it counts while they hold.", **_ref("about_facts")),
        **_combined("about_touch"),
    }


def _did() -> Schema:
    return _said("Kinds of touch the lead ever made, or `within` a time.", **_ref("kinds"))


def _combined(inner: str) -> dict[str, Schema]:
    one_or_more = _any(_ref(inner), {"type": "array", "minItems": 1, "items": _ref(inner)})
    words = {"all": "All of them.", "any": "Any of them.", "not": "What must not be, none of them."}
    return {word: _said(says, **one_or_more) for word, says in words.items()}


def _both_lines() -> dict[str, Schema]:
    return {"engagement": _ref("line"), "fit": _ref("line")}


def _facts_and(
    words: dict[str, Schema], inner: str, *, value: Schema | None = None, forbids: tuple[str, ...] = ()
) -> Schema:
    """Words beside facts by their names, which an editor does not know."""
    asked = value or _ref("test")
    derived = {name: {"type": "boolean"} if kind == "yes-no" else _ref("test") for name, kind in DERIVED.items()}
    refused = dict.fromkeys(forbids, False)
    return {
        "type": "object", "properties": {**words, **_combined(inner), **derived, **refused},
        "additionalProperties": asked, "minProperties": 1,
    }  # fmt: skip


def _block(words: dict[str, Schema], need: tuple[str, ...] = (), least: int = 0) -> Schema:
    body: Schema = {"type": "object", "properties": words, "additionalProperties": False}
    return body | ({"required": list(need)} if need else {}) | ({"minProperties": least} if least else {})


def _named(each: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": each}


def _map(each: Schema, least: int = 0) -> Schema:
    return {"type": "object", "additionalProperties": each} | ({"minProperties": least} if least else {})


def _lines(*names: str) -> Schema:
    return _block({name: _ref("points") for name in names}, need=names)


def _any(*of: Schema) -> Schema:
    return {"anyOf": list(of)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _said(description: str, **schema: Any) -> Schema:
    return {"description": description, **schema}
