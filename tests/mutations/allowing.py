"""What people allow and what is known of them: consent asked in time, nothing personal past identify."""

from tests.mutations.planted import Planted

CONSENT, EVERYWHERE = "tests/pure/test_consent.py", "tests/live/test_personal_data.py"

ALLOWING = (
    Planted(
        "withdrawn consent keeps a lead from sales",
        "streams/handoff/ripeness.py",
        "    if not contactable(state, judge.needed) or",
        "    if",
        CONSENT,
    ),
    Planted(
        "consent is asked at the moment of the touch",
        "streams/consent.py",
        "            if words[place] <= at_ms:",
        "            if words[place] > 0:",
        CONSENT,
    ),
    Planted(
        "words of consent may come in any order",
        "streams/consent.py",
        "return word[0], -word[1]",
        "return 0, 0",
        CONSENT,
    ),
    Planted(
        "an unsubscribe closes e-mail at once",
        "streams/applying.py",
        "    if refusal is not None:\n",
        "    if refusal is not None and state.flooded:\n",
        CONSENT,
    ),
    Planted(
        "a handoff nobody took up is withdrawn when contact is refused",
        "streams/settling.py",
        "        elif not contactable(state, judge.needed):\n",
        "        elif contactable(state, judge.needed):\n",
        CONSENT,
    ),
    Planted(
        "a withdrawal that comes after touches it forbids leaves a doubt",
        "streams/scoring/late_word.py",
        "    if span is None:",
        "    if span is None or not given:",
        CONSENT,
    ),
    Planted(
        "a trace that somebody made up stays off the log",
        "agents/people/group_reading.py",
        "value and TRACEPARENT_BYTES.fullmatch(value)",
        "value and value.isascii()",
        EVERYWHERE,
        live=True,
    ),
    Planted(
        "addresses in texts are hidden",
        "streams/people/redaction.py",
        "            text = _EMAIL.sub(EMAIL_HIDDEN, text)",
        "            text = _EMAIL.sub(EMAIL_HIDDEN, text) and text",
        EVERYWHERE,
        live=True,
    ),
    Planted(
        "a refusal names no value",
        "streams/people/admission.py",
        "{spaces}); {remedy}",
        "{who}); {remedy}",
        EVERYWHERE,
        live=True,
    ),
)
