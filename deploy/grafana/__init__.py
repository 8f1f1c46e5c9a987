"""Dashboards as code: builders here, what Grafana reads in dashboards/ and provisioning/."""
