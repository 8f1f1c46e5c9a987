"""The chart as Helm itself renders it: valid with nothing said and with everything on, and in words when it is not."""

from pathlib import Path

import pytest

from deploy.kubernetes.__main__ import HERE, SCALED, VALUES, manifests
from deploy.kubernetes.chart import CHART, Refused, template
from deploy.runbook import RUNBOOK
from tests.contract.cluster.judge import faults, read
from tests.contract.cluster.rules import Resource, breaches, container, variables

EVERYTHING = Path(__file__).parents[1] / "contract" / "cluster" / "everything.yaml"
DEPLOY = CHART.parents[1]

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # a machine without Helm builds it once


def everything(*words: str) -> list[Resource]:
    return read(template(*words, values=[EVERYTHING], release="prod", namespace="sales"))


def named(kind: str, name: str, among: list[Resource]) -> Resource:
    (found,) = [one for one in among if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def test_with_nothing_said_it_is_valid_and_keeps_our_rules() -> None:
    resources = read(template())

    assert [] == [fault for one in resources for fault in faults(one)]
    assert [] == breaches(resources)


def test_with_everything_on_it_is_valid_and_keeps_our_rules() -> None:
    resources = everything()

    assert [] == [fault for one in resources for fault in faults(one)]
    assert [] == breaches(resources)
    assert {
        "ConfigMap", "Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "PrometheusRule", "ScaledObject",
        "Service", "ServiceAccount", "ServiceMonitor", "StatefulSet",
    } == {one["kind"] for one in resources}  # fmt: skip


def test_the_manifests_in_the_repository_are_what_helm_renders() -> None:
    fresh = manifests(template(values=[VALUES]), template(values=[VALUES, SCALED]))

    assert {str(path): (HERE / path).read_text() for path in fresh} == {str(p): text for p, text in fresh.items()}


def test_a_stage_s_own_settings_win_over_those_of_all_and_keep_their_shape() -> None:
    resources = everything()
    score = variables(named("StatefulSet", "prod-leads-score", resources))
    route = variables(named("Deployment", "prod-leads-route", resources))

    assert ("true", "false") == (score["TOUCHLINE_CARDS"], route["TOUCHLINE_CARDS"])
    assert ("48", "1000000", "10.5", '["plan","video"]') == (
        score["TOUCHLINE_PARTITIONS"], score["TOUCHLINE_MODEL_LEADS_PER_S"], score["TOUCHLINE_TIMER_HOLD_S"],
        score["TOUCHLINE_KEEP_PROPS"],
    )  # fmt: skip


def test_each_stage_speaks_to_kafka_with_rights_of_its_own_and_no_secret_is_in_the_environment() -> None:
    resources = everything()
    for stage in ("identify", "score", "route", "mirror", "intake", "canary"):
        workload = named("StatefulSet" if stage == "score" else "Deployment", f"prod-leads-{stage}", resources)
        volumes = {volume["name"]: volume for volume in workload["spec"]["template"]["spec"]["volumes"]}

        assert f"acme.touchline-{stage}" == variables(workload)["TOUCHLINE_KAFKA_USER"]
        assert f"acme.touchline-{stage}" == volumes["kafka-user"]["secret"]["secretName"]
        assert [] == [one for one in container(workload)["env"] if "secretKeyRef" in one.get("valueFrom", {})]


def test_certificates_and_bindings_reach_the_workers_too() -> None:
    for words in (
        ("--set", "kafka.auth.type=certificate"),
        ("--set", "kafka.binding.secret=kafka-access", "--set", "kafka.auth.type=none", "--set", "kafka.ca.secret="),
    ):
        resources = everything(*words)

        assert [] == [fault for one in resources for fault in faults(one)]
        assert [] == breaches(resources)


def test_a_command_is_a_job_with_the_operator_s_rights() -> None:
    words = ("--show-only", "templates/errand.yaml", "--set-json", 'errand.args=["rebuild", "--generation", "g3"]')
    (job,) = everything(*words)

    assert [] == faults(job) + breaches([job])
    assert ["rebuild", "--generation", "g3"] == container(job)["args"]
    assert "acme.touchline-operator" == variables(job)["TOUCHLINE_KAFKA_USER"]


def test_a_runbook_elsewhere_is_where_every_alert_and_panel_leads() -> None:
    there = "https://wiki.example.com/leads/runbook"
    text = template("--set", f"runbookUrl={there}", values=[EVERYTHING])

    assert text.count(f"{there}#touchline") == template(values=[EVERYTHING]).count(f"{RUNBOOK}#touchline") > 50
    assert RUNBOOK not in text
    with pytest.raises(Refused, match="runbookUrl"):
        template("--set", "runbookUrl=wiki")


def test_every_rule_and_dashboard_is_in_the_chart() -> None:
    resources = everything()
    rules = {one["metadata"]["name"] for one in resources if one["kind"] == "PrometheusRule"}
    boards = {file for one in resources if "-dashboard-" in one["metadata"]["name"] for file in one["data"]}

    assert {f"prod-leads-{path.stem}" for path in (DEPLOY / "prometheus" / "rules").glob("*.yaml")} == rules
    assert {path.name for path in (DEPLOY / "grafana" / "dashboards").glob("*.json")} == boards


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("stages.scor.enabled=true", "additional properties 'scor' not allowed"),
        ("stages.score.autoscaling.maxReplicas=50", "there are 48 partitions"),
        ("terminationGracePeriodSeconds=20", "minimum"),
        ("redis.url=redis://:password@redis:6379/0", "does not match pattern"),
        ("settings.kafka_password=secret", "kafka_password"),
        ("stages.identify.kind=StatefulSet", "'Deployment'"),
        ("stages.intake.autoscaling.enabled=true", "/stages/intake"),
    ],
)
def test_what_cannot_be_meant_is_refused(said: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        everything("--set", said)

    assert told in str(refused.value)
