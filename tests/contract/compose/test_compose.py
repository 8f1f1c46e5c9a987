"""compose.yaml: valid by the official schema, hardened, and true of the stages and of what else lies in deploy/."""

import json
import re
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from agents.configuration.reading import read_settings
from agents.life import STOP_WITHIN_S
from tests.contract.cluster.rules import OF_A_FILE, PORTS

COMPOSE = Path(__file__).parents[3] / "deploy" / "compose"
OFFICIAL = jsonschema_rs.validator_for(json.loads((Path(__file__).parent / "compose-spec.json").read_bytes()))
POM = COMPOSE.parent / "local" / "pom.xml"
WRITES_INTO_ITS_TREE = {"kafka"}


def document() -> Any:
    read: Any = YAML(typ="safe").load((COMPOSE / "compose.yaml").read_bytes())
    # Anchors are shared objects here; a copy that is not can be spoilt in one place.
    return json.loads(json.dumps(read))


WHOLE = document()
SERVICES: dict[str, Any] = WHOLE["services"]
STAGES = sorted(PORTS)


def faults(whole: Any) -> list[str]:
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message}" for e in OFFICIAL.iter_errors(whole)]


def test_it_is_valid_by_the_official_schema() -> None:
    assert [] == faults(WHOLE)


@pytest.mark.parametrize(
    ("path", "slip"),
    [
        (("services", "score"), {"healthchek": {}}),
        (("services", "score", "healthcheck"), {"retry": 3}),
        (("services", "score", "depends_on", "topics"), {"condition": "service_done"}),
        (("services", "redis"), {"cap_drop": "ALL"}),
    ],
)
def test_the_schema_notices_what_is_misspelt(path: tuple[str, ...], slip: dict[str, Any]) -> None:
    spoilt = deepcopy(WHOLE)
    at = spoilt
    for step in path:
        at = at[step]
    at.update(slip)

    assert faults(spoilt)


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_hardened_and_bounded(name: str) -> None:
    service = SERVICES[name]

    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert (name not in WRITES_INTO_ITS_TREE) == service.get("read_only", False)
    assert {"cpus", "memory"} == service["deploy"]["resources"]["limits"].keys()
    assert "privileged" not in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "nobody from outside"


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_runs_after_the_topics_and_says_when_it_is_ready(stage: str) -> None:
    service = SERVICES[stage]

    assert ["run", stage] == service["command"]
    assert ["CMD", "python", "-m", "deploy.compose.ready", str(PORTS[stage])] == service["healthcheck"]["test"]
    assert "service_completed_successfully" == service["depends_on"]["topics"]["condition"]
    assert STOP_WITHIN_S < int(service["stop_grace_period"].removesuffix("s"))


@pytest.mark.parametrize("name", [*STAGES, "topics"])
def test_each_worker_s_settings_are_settings_and_its_secrets_are_mounted(name: str) -> None:
    said: dict[str, str] = SERVICES[name]["environment"]
    files = {variable: path for variable, path in said.items() if variable.endswith(OF_A_FILE)}
    plain = {k: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(v)) for k, v in said.items() if k not in files}
    reading = read_settings(env=plain | {name.removesuffix(OF_A_FILE): "secret" for name in files})

    assert [] == reading.odd
    assert {Path(path).name for path in files.values()} == set(SERVICES[name]["secrets"])
    assert set(SERVICES[name]["secrets"]) <= WHOLE["secrets"].keys()


def test_prometheus_scrapes_every_stage_and_reads_its_configuration() -> None:
    config: Any = YAML(typ="safe").load((COMPOSE / "prometheus.yaml").read_bytes())
    told = {one["job_name"]: one["static_configs"][0]["targets"] for one in config["scrape_configs"]}
    ran = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", COMPOSE / "prometheus.yaml"], capture_output=True, timeout=60
    )

    assert {f"touchline-{stage}": [f"{stage}:{port}"] for stage, port in PORTS.items()} == told
    assert 0 == ran.returncode, ran.stderr


def test_what_is_mounted_is_there() -> None:
    sources = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]

    assert [] == [source for source in sources if source.startswith(".") and not (COMPOSE / source).exists()]


def test_secrets_are_files_for_compose_gives_no_others_to_a_service_whose_root_is_read_only() -> None:
    assert {name: {"file": f"./secrets/{name}"} for name in WHOLE["secrets"]} == WHOLE["secrets"]


def test_its_script_makes_the_secrets_once_for_the_containers_alone(tmp_path: Path) -> None:
    script = tmp_path / "secrets.sh"
    script.write_bytes((COMPOSE / "secrets.sh").read_bytes())
    folder = tmp_path / "secrets"

    first, second = (
        (subprocess.run(["sh", script], check=True, umask=0o077), {p.name: p.read_text() for p in folder.iterdir()})[1]
        for _ in range(2)
    )

    assert WHOLE["secrets"].keys() == first.keys()
    assert first == second
    assert len(first) == len({text for text in first.values() if len(text.strip()) == 64})
    assert {0o644} == {path.stat().st_mode & 0o777 for path in folder.iterdir()}, (
        "whoever a container runs as reads them"
    )
    assert 0o700 == folder.stat().st_mode & 0o777, "nobody else of this machine does"


def test_the_secrets_are_neither_committed_nor_built_into_the_image() -> None:
    root = COMPOSE.parents[1]
    kept = ["deploy/compose/secrets/identity_key", "deploy/compose/.env"]
    ignored = subprocess.run(["git", "check-ignore", *kept], cwd=root, capture_output=True, text=True).stdout

    assert kept == ignored.split()
    assert {"deploy/compose/secrets", "**/.env"} <= set((root / ".dockerignore").read_text().split("\n"))


def test_kafka_is_the_one_the_tests_run_on() -> None:
    version = re.search(r"<kafka.version>(.*?)<", POM.read_text())
    assert version is not None

    assert f":{version[1]}}}" in SERVICES["kafka"]["image"]
