"""What we stand on: Kafka, Redis, the restore of the score table, and rebalances."""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.panel import HERE, WHOLE, Asked, Query, course, quantile, rate


def add(board: dashboard.Dashboard) -> None:
    """A row each."""
    for title, row in (("Kafka", KAFKA), ("Redis", REDIS), ("Restore and rebalances", MEMBERSHIP)):
        board.with_row(dashboard.Row(title))
        for asked in row:
            board.with_panel(course(asked, width=6))


KAFKA = (
    Asked(
        "Kafka answers",
        "1: a broker answers for the consumer group, and the producer is connected.",
        [Query(f"min by (stage) (touchline_kafka_up{{{HERE}}})", "{{stage}}")],
        alert="TouchlineKafkaUnreachable",
    ),
    Asked(
        "Oldest write under way",
        "How long it has waited for the broker. Nothing is lost: what waits is not acknowledged, and Kafka keeps it.",
        [Query(f"max by (stage) (touchline_write_waiting_seconds{{{HERE}}})", "{{stage}}")],
        unit="s",
        bad=((5, "yellow"), (30, "red")),
        alert="TouchlineWriteWaits",
    ),
    Asked(
        "Lag in records",
        "By consumer group: as an exporter of the cluster sees it, else as the workers do, whose word ends with them.",
        [
            Query(
                'sum by (consumergroup) (kafka_consumergroup_lag{consumergroup=~".*touchline-.*"} >= 0) or '
                f"label_replace(sum by (stage) (touchline_partition_lag{{{WHOLE}}}), "
                '"consumergroup", "touchline-$1", "stage", "(.+)")',
                "{{consumergroup}}",
            )
        ],
        alert="TouchlineGroupLag",
    ),
    Asked(
        "Commits refused",
        "Per second. Harmless now and then: they are repeated, and state does not hang on them.",
        [Query(rate("touchline_commit_failures_total", "", HERE), "refused")],
        unit="cps",
        alert="TouchlineCommitsFail",
    ),
)

REDIS = (
    Asked(
        "Redis answers",
        "1: it answered when last asked. At 0 identify, route and mirror wait, and scoring goes on.",
        [Query(f"min by (instance) (touchline_redis_up{{{HERE}}})", "{{instance}}")],
        alert="TouchlineRedisUnavailable",
    ),
    Asked(
        "Identity graph whole",
        "0: Redis was emptied, and who is who is being read from the log.",
        [Query(f"min by (instance) (touchline_identity_graph_whole{{{HERE}}})", "{{instance}}")],
        alert="TouchlineIdentitiesMissing",
    ),
    Asked(
        "Rebuilds of the graph",
        "Times a worker read it from the log, and how long the slowest took.",
        [
            Query(f"sum(increase(touchline_identity_rebuilds_total{{{HERE}}}[$__range]))", "rebuilds"),
            Query(
                f"sum(increase(touchline_identity_rebuild_seconds_sum{{{HERE}}}[$__range]))", "seconds of rebuilding"
            ),
        ],
    ),
)

MEMBERSHIP = (
    Asked(
        "Workers ready",
        "Have their partitions, have restored them, and can work.",
        [
            Query(f"sum by (stage) (touchline_ready{{{HERE}}})", "{{stage}}"),
            Query(f"count by (stage) (touchline_build_info{{{WHOLE}}})", "{{stage}}: all"),
        ],
        alert="TouchlineNotReady",
    ),
    Asked(
        "Rebalances",
        "Times a group gave a worker its partitions, in ten minutes. Many: workers come and go, or stand still.",
        [Query(f"sum by (stage) (increase(touchline_rebalances_total{{{HERE}}}[10m]))", "{{stage}}")],
        alert="TouchlineRebalances",
    ),
    Asked(
        "Time without partitions",
        "Of a rebalance, from the loss of all partitions to work on those that came back.",
        [Query(f"sum by (stage) (increase(touchline_rebalance_duration_seconds_sum{{{HERE}}}[10m]))", "{{stage}}")],
        unit="s",
        bad=((5, "yellow"), (30, "red")),
    ),
    Asked(
        "Partitions held",
        "By worker. Uneven, or their sum less than the topics have: a worker is missing.",
        [Query(f"sum by (stage, instance) (touchline_assigned_partitions{{{HERE}}})", "{{stage}} {{instance}}")],
    ),
    Asked(
        "Restore: records still to read",
        "Of the score table's changelog; 0: restored.",
        [Query(f"sum by (instance) (touchline_table_restore_remaining_records{{{HERE}}})", "{{instance}}")],
    ),
    Asked(
        "Restore: time",
        "Of restores that ended, p99.",
        [Query(quantile(0.99, "touchline_table_restore_duration_seconds", "", HERE), "p99")],
        unit="s",
        bad=((10, "yellow"), (60, "red")),
        alert="TouchlineRestoreTooLong",
    ),
    Asked(
        "Leads in memory, deadlines pending",
        "Of the score stage.",
        [
            Query(f"sum(touchline_table_keys{{{HERE}}})", "leads"),
            Query(f"sum(touchline_deadlines_pending{{{HERE}}})", "deadlines"),
        ],
    ),
    Asked(
        "What should not happen",
        "In the time shown: changelog records of a stranger, unfit stores, failed snapshots, refused models.",
        [
            Query(f"sum(increase(touchline_foreign_writes_total{{{HERE}}}[$__range]))", "foreign writes"),
            Query(f"sum(increase(touchline_stores_discarded_total{{{HERE}}}[$__range]))", "stores discarded"),
            Query(f"sum(increase(touchline_snapshot_failures_total{{{HERE}}}[$__range]))", "snapshots failed"),
            Query(f"sum(increase(touchline_models_refused_total{{{HERE}}}[$__range]))", "models refused"),
        ],
        bad=((1, "red"),),
        alert="TouchlineForeignWrites",
    ),
)
