"""What Prometheus and Alertmanager are told: rules, their tests, objectives, and a runbook."""
