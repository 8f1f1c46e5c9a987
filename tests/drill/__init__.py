"""Five faults, their alerts, the runbook, and a recount; then a rolling restart and a rollback: `make drill`."""
