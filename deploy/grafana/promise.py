"""What was promised to leads, and what people made of it: owners, first contacts, plans, hand-backs."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.panel import HERE, WHOLE, Asked, Query, course, number, quantile, rate


def add(board: dashboard.Dashboard) -> None:
    """Shares of the time shown, then the course."""
    board.with_row(dashboard.Row("What sellers promised"))
    for asked in SHARES:
        board.with_panel(number(asked, width=6))
    for asked in COURSES:
        board.with_panel(course(asked, width=6))


def _share(part: str, whole: str, of: str = "") -> str:
    """`of`: what makes it a part."""
    said = f"{WHOLE}, {of}" if of else WHOLE
    return f"sum(increase({part}{{{said}}}[$__range])) / sum(increase({whole}{{{WHOLE}}}[$__range]))"


SHARES = (
    Asked(
        "Promise kept",
        "Of ended handoffs: somebody tried to reach the lead in time. By seller: `touchline report sla`.",
        [Query(_share("touchline_promises_total", "touchline_promises_total", 'kept="yes"'))],
        unit="percentunit",
        bad=((0.8, "yellow"), (0.95, "green")),
        alert="TouchlinePromisesBreak",
        least=True,
    ),
    Asked(
        "Cadence kept",
        "Of leads closed with a plan: all attempts made, or the lead reached. By seller: `touchline report cadence`.",
        [Query(_share("touchline_cadence_closes_total", "touchline_cadence_closes_total", 'kept="yes"'))],
        unit="percentunit",
        bad=((0.5, "yellow"), (0.8, "green")),
        alert="TouchlineCadenceNotKept",
        least=True,
    ),
    Asked(
        "Handed back",
        "Of handoffs given to a person. Why: `touchline report refusals`.",
        [Query(_share("touchline_handoffs_returned_total", "touchline_handoffs_assigned_total"))],
        unit="percentunit",
        bad=((0.2, "yellow"), (0.4, "red")),
    ),
    Asked(
        "Escalated",
        "Handoffs told to somebody above, because nobody had tried to reach the lead.",
        [Query(f'sum(increase(touchline_handoff_events_total{{{WHOLE}, type="escalated"}}[$__range]))')],
        bad=((1, "yellow"),),
        alert="TouchlineHandoffsUnanswered",
    ),
)

COURSES = (
    Asked(
        "Touch to a named owner",
        "People's part begins here: the handoff is made, and somebody has it.",
        [
            Query(quantile(0.5, "touchline_assigned_seconds"), "p50"),
            Query(quantile(0.9, "touchline_assigned_seconds"), "p90"),
        ],
        unit="s",
    ),
    Asked(
        "Touch to first contact",
        "Told as it happens.",
        [
            Query(quantile(0.5, "touchline_first_contact_seconds"), "p50"),
            Query(quantile(0.9, "touchline_first_contact_seconds"), "p90"),
        ],
        unit="s",
        bad=((1800, "yellow"),),
    ),
    Asked(
        "Given to people, handed back",
        "Per second.",
        [
            Query(rate("touchline_handoffs_assigned_total"), "given"),
            Query(rate("touchline_handoffs_returned_total"), "handed back"),
        ],
        unit="cps",
    ),
    Asked(
        "Who takes a caller: time to answer, p99",
        "What a telephone system waits. Degraded: Redis gave no answer, and the default team took it.",
        [Query(quantile(0.99, "touchline_route_answer_seconds", "caller", HERE), "{{caller}}")],
        unit="s",
        bad=((0.02, "yellow"), (0.2, "red")),
    ),
)
