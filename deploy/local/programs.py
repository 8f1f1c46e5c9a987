"""Finds the programs the stack needs, installs them where we may, and otherwise says in one line what to install."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PACKAGES = {
    "java": ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless"),
    "mvn": ("maven",),
    "redis-server": ("redis-server",),
    "promtool": ("prometheus",),
    "prometheus": ("prometheus",),
    "prometheus-alertmanager": ("prometheus-alertmanager",),
}
"""Debian packages by program; of several names the first one the release has."""
SERVICES = ("redis-server", "prometheus", "prometheus-node-exporter", "prometheus-alertmanager")
"""Services those packages would start and enable: we want the programs alone."""
POLICY = Path("/usr/sbin/policy-rc.d")
OLDEST_JAVA = 17


class ProgramMissing(Exception):
    """Says which programs are not there and how to get them, in one line."""


def require(*names: str) -> dict[str, str]:
    """The path of each program. Installs what is missing when we are root on Debian."""
    missing = [name for name in names if find(name) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        install(missing)
        missing = [name for name in names if find(name) is None]
    if missing:
        packages = " ".join(PACKAGES[name][0] for name in missing)
        raise ProgramMissing(
            f"missing on this machine: {', '.join(missing)}. Install with: apt-get install {packages} "
            "(or put them on PATH)"
        )
    return {name: path for name in names if (path := find(name))}


def find(name: str) -> str | None:
    """Where the program is; a Java that is too old for Kafka, or a stub that only advertises one, does not count."""
    path = shutil.which(name)
    if path is None or name != "java":
        return path
    major = re.search(r'version "(\d+)', java_version(path))
    return path if major and int(major[1]) >= OLDEST_JAVA else None


def java_version(java: str) -> str:
    """What `java -version` says."""
    return subprocess.run([java, "-version"], capture_output=True, text=True).stderr


def install(names: Sequence[str]) -> None:
    """Install the programs' packages with apt-get, without starting a service."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"installing {', '.join(names)} with apt-get", file=sys.stderr, flush=True)
    with services_held():
        subprocess.run(["apt-get", "-qq", "update"], env=environment, stdout=subprocess.DEVNULL)
        packages = [package_of(name) for name in names]
        command = ["apt-get", "-qq", "-y", "--no-install-recommends", "--no-upgrade", "install", *packages]
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
    if Path("/run/systemd/system").exists():
        for service in SERVICES:
            subprocess.run(["systemctl", "disable", "--quiet", service], stderr=subprocess.DEVNULL)


def package_of(name: str) -> str:
    """The first of the program's packages that this release has."""
    for package in PACKAGES[name]:
        policy = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True).stdout
        if "Candidate:" in policy and "Candidate: (none)" not in policy:
            return package
    return PACKAGES[name][0]


@contextmanager
def services_held() -> Iterator[None]:
    """Debian asks this file before it starts a freshly installed service; 101 means no."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
