"""Each stage: what comes in and goes out, how long it takes, and what it makes of it."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.panel import HERE, WHOLE, Asked, Query, course, quantile, rate

CACHED = f'where="cache", {HERE}'


def add(board: dashboard.Dashboard) -> None:
    """All stages side by side, then what each does."""
    board.with_row(dashboard.Row("Each stage"))
    for asked in ALIKE:
        board.with_panel(course(asked, width=6))
    board.with_row(dashboard.Row("What each stage makes of it"))
    for asked in OWN:
        board.with_panel(course(asked, width=6))


ALIKE = (
    Asked(
        "What workers do",
        "Ok; lagging: a record waits longer than 5 s; stalled: and none was processed for 30 s; restoring.",
        [Query(f"sum by (stage, status) (touchline_worker_status{{{HERE}}})", "{{stage}} {{status}}")],
        alert="TouchlineWorkerStalled",
    ),
    Asked(
        "Records in",
        "Per second, as flushed.",
        [Query(rate("touchline_group_records_sum", "stage", HERE), "{{stage}}")],
        unit="cps",
    ),
    Asked(
        "Records out",
        "Per second, as acknowledged by the broker, by the topic they are for.",
        [Query(rate("touchline_records_written_total", "topic", HERE), "{{topic}}")],
        unit="cps",
    ),
    Asked(
        "Since the last record",
        "How long ago a record of a topic was processed. On a quiet topic it rises, too: look at the lag beside it.",
        [
            Query(
                f"time() - max by (stage, topic) (touchline_last_processed_timestamp_seconds{{{HERE}}} > 0)",
                "{{stage}} {{topic}}",
            )
        ],
        unit="s",
    ),
    Asked(
        "Age of records when fetched and when done, p99",
        "By Kafka's clock, of the oldest record of each flush. The difference is the time spent in the stage.",
        [Query(quantile(0.99, "touchline_event_time_lag_seconds", "stage, point", HERE), "{{stage}} {{point}}")],
        unit="s",
        bad=((1, "yellow"), (5, "red")),
    ),
    Asked(
        "Flush, p99",
        "From the start of a flush to its acknowledgement: fold, writes, and the wait for the broker.",
        [Query(quantile(0.99, "touchline_flush_duration_seconds", "stage", HERE), "{{stage}}")],
        unit="s",
        bad=((1, "yellow"), (5, "red")),
    ),
    Asked(
        "Records per flush, p50",
        "Small groups: it keeps up. Groups at their limit: it does not.",
        [Query(quantile(0.5, "touchline_group_records", "stage", HERE), "{{stage}}")],
    ),
    Asked(
        "CPU per worker",
        "Cores. A worker has one thread that matters: at 1 it is full, and another one would help.",
        [
            Query(
                f"rate(process_cpu_seconds_total{{{HERE}}}[$__rate_interval]) "
                f"* on (instance) group_left (stage) max by (instance, stage) (touchline_build_info{{{WHOLE}}})",
                "{{stage}} {{instance}}",
            )
        ],
        bad=((0.9, "yellow"),),
    ),
    Asked(
        "Memory per worker",
        "Resident bytes. The score stage holds the leads of its partitions.",
        [
            Query(
                f"process_resident_memory_bytes{{{HERE}}} "
                f"* on (instance) group_left (stage) max by (instance, stage) (touchline_build_info{{{WHOLE}}})",
                "{{stage}} {{instance}}",
            )
        ],
        unit="bytes",
    ),
)

OWN = (
    Asked(
        "Intake: records taken",
        "Per second, by topic.",
        [Query(rate("touchline_intake_records_total", "topic", HERE), "{{topic}}")],
        unit="cps",
    ),
    Asked(
        "Intake: refusals and time to answer",
        "Requests refused per second, nothing of which was taken; and how long the broker's acknowledgement took.",
        [
            Query(rate("touchline_intake_refusals_total", "", HERE), "refused per s"),
            Query(quantile(0.99, "touchline_intake_acknowledge_seconds", "", HERE), "acknowledged p99, s"),
        ],
        alert="TouchlineIntakeRefuses",
    ),
    Asked(
        "Identify: messages on the log",
        "Per second, by the topic they came on.",
        [Query(rate("touchline_inputs_admitted_total", "topic", HERE), "{{topic}}")],
        unit="cps",
    ),
    Asked(
        "Identify: who is who",
        "Leads first seen, links announced, merges made and not made, per second.",
        [
            Query(rate("touchline_leads_created_total", "", HERE), "new leads"),
            Query(rate("touchline_identity_links_total", "", HERE), "links"),
            Query(rate("touchline_identity_merges_total", "", HERE), "merges"),
            Query(rate("touchline_identity_merges_refused_total", "reason", HERE), "not merged: {{reason}}"),
        ],
        unit="cps",
    ),
    Asked(
        "Identify: found in the cache",
        "Share of messages for which Redis was not asked.",
        [
            Query(
                f"{rate('touchline_identity_lookups_total', '', CACHED)} "
                f"/ {rate('touchline_identity_lookups_total', '', HERE)}",
                "from the cache",
            )
        ],
        unit="percentunit",
    ),
    Asked(
        "Score: touches by outcome",
        "Scored; unmatched: no rule names them; repeat: counted before; others are told in the table of metrics.",
        [Query(rate("touchline_touches_processed_total", "outcome", HERE), "{{outcome}}")],
        unit="cps",
    ),
    Asked(
        "Score: words on `ripe`",
        "What is said of episodes, per second.",
        [Query(rate("touchline_ripe_total", "what", HERE), "{{what}}")],
        unit="cps",
    ),
    Asked(
        "Score: ripe, but held back",
        "Triggers that fired without a handoff, by what held them: fit, consent, cooling, a deal, a person, the model.",
        [Query(rate("touchline_handoffs_suppressed_total", "reason", HERE), "{{reason}}")],
        unit="cps",
    ),
    Asked(
        "Score: models in force",
        "Partitions by the model that judges them. Two lines for long: a worker lacks a document.",
        [Query(f"sum by (model) (touchline_model_partitions{{{HERE}}})", "{{model}}")],
        alert="TouchlineModelRefused",
    ),
    Asked(
        "Score: share of new leads handed off",
        "By model. A version that lets far fewer through is a drift: `touchline model drift`.",
        [
            Query(
                f"sum by (model) (increase(touchline_leads_passed_total{{{HERE}}}[$__range])) "
                f"/ sum by (model) (increase(touchline_leads_new_total{{{HERE}}}[$__range]))",
                "{{model}}",
            )
        ],
        unit="percentunit",
        alert="TouchlinePassRateFell",
    ),
    Asked(
        "Score: timers",
        "From a deadline to its timer on the log, and how far inputs are known to be read: no timer fires before that.",
        [
            Query(quantile(0.99, "touchline_timer_delay_seconds", "", HERE), "delay p99"),
            Query(f"max(touchline_watermark_lag_seconds{{{HERE}}})", "inputs behind"),
        ],
        unit="s",
        alert="TouchlineWatermarkBehind",
    ),
    Asked(
        "Route: events of handoffs",
        "Per second, by what they say.",
        [Query(rate("touchline_handoff_events_total", "type", HERE), "{{type}}")],
        unit="cps",
    ),
    Asked(
        "Mirror: copied, and stale",
        "Records copied into Redis, and those not copied because it held a later word.",
        [
            Query(rate("touchline_mirrored_records_total", "topic", HERE), "{{topic}}"),
            Query(rate("touchline_mirror_stale_records_total", "", HERE), "stale"),
        ],
        unit="cps",
    ),
)
