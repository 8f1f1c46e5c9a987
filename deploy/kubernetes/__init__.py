"""Plain manifests, rendered from the chart."""
