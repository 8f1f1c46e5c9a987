"""The plain manifests: rendered from the chart as it is now, valid by Kubernetes' schemas, and true to our rules."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from deploy.kubernetes.__main__ import BASE, FOLDERS, HERE, RENDERED_FROM, SCALED, VALUES
from deploy.kubernetes.chart import CHART, digest
from tests.contract.cluster.judge import faults, read
from tests.contract.cluster.rules import Resource, breaches

RULES = CHART.parents[1] / "prometheus" / "rules"


def resources() -> list[Resource]:
    files = [path for folder in (BASE, *FOLDERS.values()) for path in sorted((HERE / folder).glob("*.yaml"))]
    return [one for path in files if path.stem != "kustomization" for one in read(path.read_bytes())]


ALL = resources()


def of(kind: str, name: str, among: list[Resource] = ALL) -> Resource:
    (found,) = [one for one in among if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def test_the_manifests_are_those_of_the_chart() -> None:
    assert digest(VALUES, SCALED) == RENDERED_FROM.read_text().strip(), "the chart changed: run `make manifests`"


@pytest.mark.parametrize("resource", ALL, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_each_resource_is_valid_by_the_schema_of_its_kind(resource: Resource) -> None:
    assert [] == faults(resource)


def test_the_manifests_keep_our_rules() -> None:
    assert [] == breaches(ALL)


def test_each_folder_lists_all_that_is_in_it() -> None:
    for folder in (BASE, *FOLDERS.values()):
        (listed,) = read((HERE / folder / "kustomization.yaml").read_bytes())

        assert sorted(path.name for path in (HERE / folder).glob("*.yaml")) == sorted(
            [*listed["resources"], "kustomization.yaml"]
        )


@pytest.mark.parametrize("rules", sorted(RULES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_of_rules_is_the_body_of_a_prometheus_rule(rules: Path) -> None:
    (spec,) = read(rules.read_bytes())
    resource = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": rules.stem}}

    assert [] == faults(resource | {"spec": spec})


def spoil(kind: str, name: str, change: Callable[[Any], object]) -> tuple[list[str], list[str]]:
    """(what the schemas say, what our rules say) after a slip in one resource."""
    spoilt = deepcopy(ALL)
    change(of(kind, name, spoilt))
    return [fault for one in spoilt for fault in faults(one)], breaches(spoilt)


def pod(resource: Resource) -> Any:
    return resource["spec"]["template"]["spec"]


def first(resource: Resource) -> Any:
    return pod(resource)["containers"][0]


SLIPS: dict[str, tuple[str, str, Callable[[Any], object], str]] = {
    "a liveness probe that knows of Kafka": (
        "StatefulSet", "touchline-score", lambda r: first(r)["livenessProbe"]["httpGet"].update(path="/readyz"),
        "livenessProbe must ask /livez",
    ),
    "a probe at a port nobody listens on": (
        "Deployment", "touchline-route", lambda r: first(r)["readinessProbe"]["httpGet"].update(port=6162),
        "readinessProbe must ask /readyz at the port http",
    ),
    "a container without a security context": (
        "Deployment", "touchline-identify", lambda r: first(r).pop("securityContext"), "root file system",
    ),
    "a worker killed while it finishes": (
        "StatefulSet", "touchline-score", lambda r: pod(r).update(terminationGracePeriodSeconds=25), "may take 25 s",
    ),
    "a setting that is none": (
        "Deployment", "touchline-mirror",
        lambda r: first(r)["env"].append({"name": "TOUCHLINE_PARTITION", "value": "24"}),
        "TOUCHLINE_PARTITION is no setting",
    ),
    "a secret nobody mounted": (
        "Deployment", "touchline-intake", lambda r: first(r)["volumeMounts"].pop(), "which is not mounted",
    ),
    "Services that set our variables": (
        "Deployment", "touchline-mirror", lambda r: pod(r).pop("enableServiceLinks"), "hears of no Services",
    ),
    "a name in the group without a pod that keeps it": (
        "StatefulSet", "touchline-score", lambda r: r.update(kind="Deployment"), "a pod that keeps its name",
    ),
    "a budget of another stage": (
        "PodDisruptionBudget", "touchline-score",
        lambda r: r["spec"]["selector"]["matchLabels"].update({"app.kubernetes.io/component": "route"}),
        "one disruption budget must be its own",
    ),
    "metrics where the world sends": (
        "Deployment", "touchline-intake",
        lambda r: first(r).update(env=[one for one in first(r)["env"] if one["name"] != "TOUCHLINE_METRICS_PORT"]),
        "shown where the world sends",
    ),
    "a worker nobody scrapes": (
        "Service", "touchline-route", lambda r: r["spec"]["ports"][0].update(name="http"), "it is scraped",
    ),
    "a pod that no policy holds": (
        "NetworkPolicy", "touchline-intake", lambda r: r["spec"]["podSelector"].update(matchLabels={"a": "b"}),
        "one network policy must hold it",
    ),
    "more workers than partitions": (
        "ScaledObject", "touchline-score", lambda r: r["spec"].update(maxReplicaCount=25), "have no work",
    ),
    "scaling by another stage's lag": (
        "ScaledObject", "touchline-route",
        lambda r: r["spec"]["scaleTargetRef"].update(name="touchline-identify"), "the lag of its own stage",
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_our_rules_notice(slip: str) -> None:
    kind, name, change, told = SLIPS[slip]

    assert any(told in breach for breach in spoil(kind, name, change)[1])


MISSPELT: dict[str, tuple[str, str, Callable[[Any], object]]] = {
    "KEDA": ("ScaledObject", "touchline-score", lambda r: r["spec"].update(maxReplicas=24)),
    "a trigger of KEDA": ("ScaledObject", "touchline-score", lambda r: r["spec"]["triggers"][0].pop("type")),
    "a pod": ("Deployment", "touchline-route", lambda r: pod(r).update(terminationGracePeriod=60)),
    "a probe": ("StatefulSet", "touchline-score", lambda r: first(r)["livenessProbe"].update(failures=3)),
    "a policy": ("NetworkPolicy", "touchline", lambda r: r["spec"].update(policyType=["Egress"])),
    "a monitor": ("ServiceMonitor", "touchline", lambda r: r["spec"]["endpoints"][0].update(every="15s")),
}


@pytest.mark.parametrize("where", MISSPELT)
def test_the_schemas_notice_what_is_misspelt(where: str) -> None:
    assert 1 == len(spoil(*MISSPELT[where])[0])
