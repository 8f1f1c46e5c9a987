"""The image: built from locks, run by nobody in particular, with nothing in it that was not asked for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.image.contents import Differs, compare, licences, normal
from tests.contract.cluster.rules import PORTS
from tests.contract.image.dockerfile import DOCKERFILE, breaches, stages

ROOT = DOCKERFILE.parents[2]
TEXT = DOCKERFILE.read_text()
DIGEST = "python@sha256:" + "0" * 64

SLIPS = {
    "a base image by tag": ("FROM ${PYTHON_RUN}", "FROM python:3.11-slim", "takes every base image as an argument"),
    "a digest somebody made up": ("ARG PYTHON_RUN", f"ARG PYTHON_RUN={DIGEST}", "invents no base image"),
    "root": ("USER 10001:10001", "USER root", "ends as a user by number, not root"),
    "a user by name": ("USER 10001:10001", "USER touchline", "ends as a user by number, not root"),
    "a shell between us and SIGTERM": ('ENTRYPOINT ["touchline"]', "ENTRYPOINT touchline", "starts without a shell"),
    "a package past the lock": ("--require-hashes -r deploy/image/runtime.lock", "faust-streaming", "by hash"),
    "a secret in the image": ("HOME=/tmp", "HOME=/tmp TOUCHLINE_IDENTITY_KEY=0123", "holds no secret"),
    "sources copied past the build": ("COPY --from=build", "COPY", "copies into it from the build alone"),
}


def versions(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_dockerfile_keeps_our_rules() -> None:
    assert [] == breaches(TEXT)


@pytest.mark.parametrize("slip", SLIPS)
def test_our_rules_notice(slip: str) -> None:
    right, wrong, told = SLIPS[slip]
    assert right in TEXT

    assert any(told in breach for breach in breaches(TEXT.replace(right, wrong, 1)))


def test_hadolint_finds_nothing_and_would() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    fine = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, timeout=60)
    slip = TEXT.replace("STOPSIGNAL", "RUN cd /tmp && sudo ls\nSTOPSIGNAL")
    refused = subprocess.run([hadolint, "-"], input=slip, capture_output=True, text=True, timeout=60)

    assert (0, "") == (fine.returncode, fine.stdout)
    assert "DL3004" in refused.stdout


def test_it_opens_every_stages_port() -> None:
    assert {str(port) for port in PORTS.values()} <= set(stages(TEXT)[-1].all("EXPOSE")[0].split())


@pytest.mark.parametrize("lock", ["deploy/image/runtime.lock", "deploy/image/build.lock"])
def test_what_is_tested_is_what_is_shipped(lock: str) -> None:
    tested, shipped = versions("requirements.lock"), versions(lock)

    assert shipped
    assert {} == {name: v for name, v in shipped.items() if name in tested and tested[name] != v}, "run: make lock"


def test_the_image_has_what_we_import_and_no_tool_of_ours() -> None:
    shipped = versions("deploy/image/runtime.lock")
    asked = re.search(r"\ndependencies = \[(.*?)\n\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL)
    assert asked is not None
    wanted = {normal(name) for name in re.findall(r'^  "([A-Za-z0-9._-]+)', asked[1], re.MULTILINE)}

    assert wanted <= shipped.keys()
    assert not {"pytest", "mypy", "ruff", "pip", "setuptools"} & shipped.keys()


@pytest.mark.parametrize("said", ["", "python:3.11-bookworm", "python@sha256:0123"])
def test_an_image_is_not_built_from_a_base_that_may_move(said: str) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHON_BUILD": said, "PYTHON_RUN": DIGEST}
    ran = subprocess.run([DOCKERFILE.with_name("build.sh")], env=environment, capture_output=True, text=True)

    assert 2 == ran.returncode
    assert "PYTHON_BUILD must name a base image by digest" in ran.stderr


def test_a_list_that_differs_from_the_lock_is_refused() -> None:
    with pytest.raises(Differs) as refused:
        compare({"redis": "8.1.0", "left-pad": "1"}, {"redis": "8.1.1"})

    assert "installed and not in the lock: left-pad 1, redis 8.1.0; in the lock and not installed: redis 8.1.1" == str(
        refused.value
    )


def test_licences_are_told_by_package() -> None:
    document = {
        "components": [
            {"name": "A_b", "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "BSD License"}}]},
            {"name": "c", "licenses": [{"expression": "Apache-2.0 OR MIT"}]},
            {"name": "d"},
        ]
    }

    assert {"a-b": "BSD License AND MIT", "c": "Apache-2.0 OR MIT", "d": "no licence is declared"} == licences(document)
