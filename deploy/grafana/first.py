"""The first row: do ripe leads reach sales, and in time? Of the whole system, whatever stage is chosen."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.panel import WHOLE, Asked, Query, course, number, quantile, rate

LATENCY, LETTERS = "touchline_handoff_latency_seconds", "touchline_dead_letters_total"


def add(board: dashboard.Dashboard) -> None:
    """Six numbers, the same over time, and how the objectives are kept."""
    board.with_row(dashboard.Row("Do ripe leads reach sales?"))
    for asked in NUMBERS:
        board.with_panel(number(asked))
    for asked in COURSES:
        board.with_panel(course(asked, width=6))
    board.with_row(dashboard.Row("Speed to lead, as an objective"))
    for asked in OBJECTIVES:
        board.with_panel(course(asked, width=6))


NUMBERS = (
    Asked(
        "Ripe leads waiting",
        "Ripe leads for whom nobody is free: everybody the policy names is full, absent or not at work.",
        [Query(f"sum(touchline_ripe_leads_waiting{{{WHOLE}}})")],
        bad=((1, "yellow"), (20, "red")),
        alert="TouchlineRipeLeadsWait",
    ),
    Asked(
        "Oldest has waited",
        "Since Kafka got the touch that made it ripe. Each minute costs: the promise is counted from the touch.",
        [Query(f"max(touchline_ripe_lead_oldest_seconds{{{WHOLE}}})")],
        unit="s",
        bad=((300, "yellow"), (900, "red")),
        alert="TouchlineRipeLeadsWait",
    ),
    Asked(
        "Promises at risk",
        "Of those who wait: first contacts that are nearly due, or overdue.",
        [Query(f"sum(touchline_ripe_leads_at_risk{{{WHOLE}}})")],
        bad=((1, "orange"), (10, "red")),
        alert="TouchlinePromisesBreak",
    ),
    Asked(
        "Touch to handoff, p99",
        "From the touch to the broker's acknowledgement of its handoff. The objective is 99 % within 5 s.",
        [Query(quantile(0.99, LATENCY))],
        unit="s",
        bad=((1, "yellow"), (5, "red")),
        alert="TouchlineRoutingFreshness",
    ),
    Asked(
        "Lag in seconds",
        "Age of the oldest record not yet processed, of the partition that is furthest behind; 0: caught up.",
        [Query(f"max(touchline_partition_lag_seconds{{{WHOLE}}})")],
        unit="s",
        bad=((5, "yellow"), (60, "red")),
        alert="TouchlineLagHigh",
    ),
    Asked(
        "Dead letters in an hour",
        "Messages set aside byte for byte because they could not be used: `touchline dead-letters ls`.",
        [Query(f"sum(increase(touchline_dead_letters_total{{{WHOLE}}}[1h]))")],
        bad=((1, "yellow"), (100, "red")),
        alert="TouchlineDeadLetters",
    ),
)

COURSES = (
    Asked(
        "Ripe leads waiting, and promises at risk",
        "Soon: within a quarter of the promise, five minutes at most. Broken: nobody tried to reach them in time.",
        [
            Query(f"sum(touchline_ripe_leads_waiting{{{WHOLE}}})", "waiting"),
            Query(f"sum by (promise) (touchline_ripe_leads_at_risk{{{WHOLE}}})", "{{promise}}"),
        ],
        alert="TouchlineRipeLeadsWait",
    ),
    Asked(
        "From the touch: ripe, handed off",
        "The dots are touches with a trace. What lies between the two lines is the route stage's part.",
        [
            Query(quantile(0.5, LATENCY), "handoff p50"),
            Query(quantile(0.99, LATENCY), "handoff p99", exemplars=True),
            Query(quantile(0.99, "touchline_ripe_latency_seconds"), "ripe p99"),
        ],
        unit="s",
        bad=((1, "yellow"), (5, "red")),
        alert="TouchlineRoutingFreshness",
    ),
    Asked(
        "Lag in seconds, by stage",
        "Which stage is behind: the first of identify, score, route, mirror that rises is the one to look at.",
        [Query(f"max by (stage) (touchline_partition_lag_seconds{{{WHOLE}}})", "{{stage}}")],
        unit="s",
        bad=((5, "yellow"), (60, "red")),
        alert="TouchlineLagHigh",
    ),
    Asked(
        "Dead letters, by reason",
        "What is wrong with them, and on which topic they came. The letters say the field and the remedy.",
        [
            Query(
                f"{rate(LETTERS, 'topic, reason')} > 0 or {rate(LETTERS)}",
                "{{topic}} {{reason}}",
            )
        ],
        unit="cps",
        alert="TouchlineDeadLetters",
    ),
)

OBJECTIVES = (
    Asked(
        "Handed off within 5 s, of all",
        "Routing freshness: 99 % is the objective. Burn-rate alerts tell when its error budget goes too fast.",
        [
            Query(
                f'sum(increase({LATENCY}_bucket{{{WHOLE}, le=~"5|5.0"}}[$__range])) '
                f"/ sum(increase({LATENCY}_count{{{WHOLE}}}[$__range]))",
                "within 5 s",
            )
        ],
        unit="percentunit",
        bad=((0.95, "yellow"), (0.99, "green")),
        alert="TouchlineRoutingFreshness",
        least=True,
    ),
    Asked(
        "Canaries seen arriving, of those sent",
        "Completeness: touches of nobody's that travel the whole way, unseen by CRMs. Those under way are missing.",
        [
            Query(
                f"sum(increase(touchline_canary_received_total{{{WHOLE}}}[$__range])) "
                f"/ sum(increase(touchline_canary_sent_total{{{WHOLE}}}[$__range]))",
                "arrived",
            )
        ],
        unit="percentunit",
        bad=((0.99, "yellow"), (0.999, "green")),
        alert="TouchlineCompleteness",
        least=True,
    ),
    Asked(
        "Canary: the whole way",
        "From its touch to its arrival, and how long the oldest is under way: where nobody reads a partition it grows.",
        [
            Query(quantile(0.5, "touchline_canary_roundtrip_seconds"), "p50"),
            Query(quantile(0.99, "touchline_canary_roundtrip_seconds"), "p99"),
            Query(f"max(touchline_canary_waiting_seconds{{{WHOLE}}})", "oldest under way"),
        ],
        unit="s",
        bad=((1, "yellow"), (5, "red")),
        alert="TouchlineCanarySlow",
    ),
    Asked(
        "Canary: each stage, p99",
        "By the broker's stamps before and after it: where the time goes.",
        [Query(quantile(0.99, "touchline_canary_stage_seconds", "stage"), "{{stage}}")],
        unit="s",
        bad=((1, "yellow"), (5, "red")),
        alert="TouchlineCanarySlow",
    ),
)
