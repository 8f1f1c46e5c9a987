"""What no schema knows: the rules our own resources keep, each broken one as a sentence."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from agents.canary.worker import USUAL_PORT as CANARY_PORT
from agents.configuration.fields import VARIABLES, fields, variable
from agents.configuration.origins import BadSettings
from agents.configuration.reading import read_settings
from agents.intake.server import STOP_WITHIN_S as INTAKE_STOPS_WITHIN_S
from agents.intake.server import USUAL_PORT as INTAKE_PORT
from agents.life import STOP_WITHIN_S
from agents.web import USUAL_PORTS
from tests.contract.cluster.judge import name_of

Resource = dict[str, Any]

WORKLOADS = ("Deployment", "StatefulSet")
PORTS = USUAL_PORTS | {"intake": INTAKE_PORT, "canary": CANARY_PORT}
PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
"""Only readiness may look at Kafka and Redis: an outage restarts nobody."""
OF_A_FILE = "_FILE"


def breaches(resources: list[Resource]) -> list[str]:
    """Of all rules, for one installation."""
    found = []
    for resource in resources:
        told = f"{resource['kind']} {name_of(resource)}"
        if resource["kind"] in (*WORKLOADS, "Job"):
            found += [f"{told}: {breach}" for breach in (*_pod(resource), *_environment(resource))]
        if resource["kind"] in WORKLOADS:
            found += [f"{told}: {breach}" for breach in (*_worker(resource), *_beside(resource, resources))]
        if resource["kind"] == "ScaledObject":
            found += [f"{told}: {breach}" for breach in _scaling(resource, resources)]
    return found


def container(workload: Resource) -> Resource:
    """The only one of its pod."""
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(only)


def variables(workload: Resource) -> dict[str, str]:
    """Of its container; those that come from elsewhere as what they come to for the first pod."""
    return {one["name"]: one.get("value", "touchline-score-0") for one in container(workload)["env"]}


def _pod(workload: Resource) -> Iterator[str]:
    spec, holder = workload["spec"]["template"]["spec"], container(workload)
    pod, own = spec.get("securityContext", {}), holder.get("securityContext", {})
    wanted = {
        "runs as a user that is not root": pod.get("runAsNonRoot") is True and pod.get("runAsUser", 0) > 0,
        "has the runtime's seccomp profile": pod.get("seccompProfile") == {"type": "RuntimeDefault"},
        "gains no privileges": own.get("allowPrivilegeEscalation") is False and not own.get("privileged"),
        "has no capabilities": own.get("capabilities") == {"drop": ["ALL"]},
        "has a root file system that is read only": own.get("readOnlyRootFilesystem") is True,
        "holds no token of the cluster": spec.get("automountServiceAccountToken") is False,
        "hears of no Services": spec.get("enableServiceLinks") is False,
        "shares nothing with its node": not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        and not any("hostPath" in volume for volume in spec["volumes"]),
        "says what it needs": {"cpu", "memory"} <= holder["resources"]["requests"].keys(),
        "has a limit of memory": "memory" in holder["resources"]["limits"],
        "needs no shell": "command" not in holder,
        "mounts what is there": {m["name"] for m in holder["volumeMounts"]}
        == {v["name"] for v in (*spec["volumes"], *_claims(workload))},
    }
    yield from (f"not so: {rule}" for rule, kept in wanted.items() if not kept)


def _claims(workload: Resource) -> list[Resource]:
    return [claim["metadata"] for claim in workload["spec"].get("volumeClaimTemplates", [])]


def _worker(workload: Resource) -> Iterator[str]:
    spec, holder = workload["spec"]["template"]["spec"], container(workload)
    stage = workload["metadata"]["labels"]["app.kubernetes.io/component"]
    if holder["args"][:2] != ["run", stage]:
        yield f"runs {holder['args']}"
    ports = {port["name"]: port["containerPort"] for port in holder["ports"]}
    beside = variables(workload).get("TOUCHLINE_METRICS_PORT")
    told = {"http": PORTS[stage]} | ({"metrics": int(beside)} if beside else {})
    if ports != told or variables(workload)["TOUCHLINE_PORT"] != str(PORTS[stage]):
        yield f"the stage's ports are {told}, not {ports}"
    if stage == "intake" and not beside:
        yield "its metrics are shown where the world sends"
    for probe, path in PROBES.items():
        if holder.get(probe, {}).get("httpGet") != {"path": path, "port": "http"}:
            yield f"{probe} must ask {path} at the port http"
    takes = (INTAKE_STOPS_WITHIN_S if stage == "intake" else STOP_WITHIN_S) + _pause(holder)
    if spec["terminationGracePeriodSeconds"] <= takes:
        yield f"is killed after {spec['terminationGracePeriodSeconds']} s, and may take {takes:.0f} s to stop"
    if ("TOUCHLINE_MEMBER" in variables(workload)) != (workload["kind"] == "StatefulSet"):
        yield "a member by name needs a pod that keeps its name, and such a pod a name in the group"


def _pause(holder: Resource) -> float:
    return float(holder.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0))


def _environment(workload: Resource) -> Iterator[str]:
    said = variables(workload)
    known = {variable(field) for field in fields()}
    ours = {name for name in said if name.startswith(VARIABLES)}
    of_files = {name for name in ours - known if name.removesuffix(OF_A_FILE) in known}
    yield from (f"{name} is no setting" for name in sorted(ours - known - of_files))
    # Secrets are read where they are mounted: here any will do.
    plain = {name: value for name, value in said.items() if name in known}
    plain |= {name.removesuffix(OF_A_FILE): "secret" for name in of_files}
    try:
        yield from map(str, read_settings(env=plain).odd)
    except BadSettings as refused:
        yield str(refused)
    named = {name: value for name, value in said.items() if value.startswith("/")}
    mounted = set(_mounted(workload))
    for name, path in named.items():
        if not any(PurePosixPath(path) == at or at in PurePosixPath(path).parents for at in mounted):
            yield f"{name} names {path}, which is not mounted"


def _mounted(workload: Resource) -> Iterator[PurePosixPath]:
    volumes = {volume["name"]: volume for volume in workload["spec"]["template"]["spec"]["volumes"]}
    for mount in container(workload)["volumeMounts"]:
        volume, at = volumes.get(mount["name"], {}), PurePosixPath(mount["mountPath"])
        items = volume.get("secret", volume.get("configMap", {})).get("items")
        # Of a binding the folder above is named.
        yield from (
            [at / item["path"] for item in items] if items else [at, *([at.parent] if "secret" in volume else [])]
        )


def _beside(workload: Resource, resources: list[Resource]) -> Iterator[str]:
    labels = workload["spec"]["template"]["metadata"]["labels"]

    def chosen(kind: str, *path: str) -> list[Resource]:
        found = []
        for resource in resources:
            selector = resource
            if resource["kind"] == kind:
                for step in path:
                    selector = selector[step]
                if selector.items() <= labels.items():
                    found.append(resource)
        return found

    if workload["spec"]["selector"]["matchLabels"].items() - labels.items():
        yield "its selector does not choose its own pods"
    if len(chosen("PodDisruptionBudget", "spec", "selector", "matchLabels")) != 1:
        yield "one disruption budget must be its own"
    services = chosen("Service", "spec", "selector")
    leads = sorted(port["targetPort"] for service in services for port in service["spec"]["ports"])
    if leads != sorted(port["name"] for port in container(workload)["ports"]):
        yield "one Service must lead to each of its ports"
    scraped = [port["name"] for service in services for port in service["spec"]["ports"]].count("metrics")
    if scraped != 1:
        yield "one port of its Services must be called metrics: it is scraped"
    policies = [one for one in chosen("NetworkPolicy", "spec", "podSelector", "matchLabels") if _holds(one, labels)]
    if len(policies) != 1:
        yield "one network policy must hold it"


def _holds(policy: Resource, labels: dict[str, str]) -> bool:
    excepted = policy["spec"]["podSelector"].get("matchExpressions", [])
    return not any(labels[one["key"]] in one["values"] for one in excepted if one["operator"] == "NotIn")


def _scaling(scaled: Resource, resources: list[Resource]) -> Iterator[str]:
    target = scaled["spec"]["scaleTargetRef"]
    matching = [r for r in resources if (r["kind"], r["metadata"]["name"]) == (target["kind"], target["name"])]
    if not matching:
        yield f"there is no {target['kind']} {target['name']}"
        return
    partitions = int(variables(matching[0])["TOUCHLINE_PARTITIONS"])
    if scaled["spec"].get("maxReplicaCount", partitions + 1) > partitions:
        yield f"more workers than the {partitions} partitions have no work"
    (trigger,) = scaled["spec"]["triggers"]
    if "touchline_partition_lag_seconds" not in trigger["metadata"]["query"]:
        yield "it must scale by the age of what waits"
    if f'job="{target["name"]}"' not in trigger["metadata"]["query"]:
        yield "it must ask for the lag of its own stage"
