"""Stands in for `kubectl` and `helm` where there is no cluster.

What would be applied is kept, what would be run in a pod runs here. Its first word says which of the two it is.
"""

import os
import sys
from pathlib import Path

from deploy.kubernetes.chart import KUBERNETES

KEPT = "STAND_IN_KEEPS"
"""Variable that names the folder for what would be applied."""
HELM = "STAND_IN_HELM"
"""Variable that names Helm itself."""
WAITS = ("--wait", "--install")
TAKES_A_VALUE = ("--timeout",)


def keep(text: str) -> None:
    """As the next file."""
    folder = Path(os.environ[KEPT])
    (folder / f"{len(list(folder.iterdir())):03}.yaml").write_text(text)


def kubectl(words: list[str]) -> int:
    """Keeps what is applied; runs what is to be run in a pod; says nothing to the rest."""
    if "--" in words:
        command = words[words.index("--") + 1 :]
        os.execvp(command[0], command)
    if "-f" in words and words[words.index("-f") + 1] == "-":
        keep(sys.stdin.read())
    return 0


def run_helm(words: list[str]) -> int:
    """An upgrade is rendered and kept; a template is rendered."""
    if words[0] not in ("upgrade", "template"):
        return 0
    rest = [word for word in words[1:] if word not in WAITS]
    for option in TAKES_A_VALUE:
        while option in rest:
            at = rest.index(option)
            del rest[at : at + 2]
    command = [os.environ[HELM], "template", *rest, "--kube-version", KUBERNETES]
    if words[0] == "template":
        os.execv(command[0], command)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.execv(command[0], command)
    os.close(writing)
    with os.fdopen(reading) as rendered:
        keep(rendered.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    program, *rest = sys.argv[1:]
    sys.exit(kubectl(rest) if program == "kubectl" else run_helm(rest))
