"""The steps of the Dockerfile done in a folder, where no container engine is: what it builds, and as whom it runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.contract.image.dockerfile import DOCKERFILE, stages

ROOT = DOCKERFILE.parents[2]
ABSOLUTE = re.compile(r"(?<![\w.:$-])/(?=(?:build|opt|tmp|var)\b)")
"""A path of the image in a step's words."""
# May read where our Python lies, under root's home perhaps, and write nowhere.
AS_NOBODY = (
    "/usr/bin/setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--",
)  # fmt: skip


class Built:
    """The tree of the image, under a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._build, self._final = stages(DOCKERFILE.read_text())

    def build(self) -> None:
        """All steps of the first stage, in its order."""
        at = self._folder
        for instruction, words in self._build.steps:
            match instruction:
                case "WORKDIR":
                    at = Path(self._here(words))
                    at.mkdir(parents=True)
                    (self._folder / "opt").mkdir(exist_ok=True)
                case "COPY":
                    self._copy(words.split(), at)
                case "RUN":
                    step = self._here(words).replace("python3.11 -m venv", f"{_python()} -m venv")
                    ran = subprocess.run(
                        ["/bin/sh", "-ec", step], cwd=at, env=os.environ | self._build.environment,
                        capture_output=True, text=True,
                    )  # fmt: skip
                    assert 0 == ran.returncode, f"{step}\n{ran.stdout[-2000:]}{ran.stderr[-4000:]}"

    def seal(self) -> None:
        """Nobody may write into what is shipped; everybody may read it."""
        subprocess.run(["chmod", "-R", "a-w,a+rX", self.shipped], check=True)
        for folder in ("tmp", "var/lib/touchline"):
            (self._folder / folder).mkdir(parents=True)
            (self._folder / folder).chmod(0o777)

    @property
    def shipped(self) -> Path:
        """What is copied into the final stage."""
        return self._folder / "opt" / "touchline"

    def files(self) -> set[str]:
        """All that is in it."""
        return {str(path.relative_to(self.shipped)) for path in self.shipped.rglob("*")}

    def start(self, *words: str, **variables: str) -> "subprocess.Popen[str]":
        """The command, in the image's environment and nothing else of ours, as its user where we may."""
        said = {name: self._here(value.strip('"')) for name, value in self._final.environment.items()}
        said["PATH"] = said["PATH"].replace("$PATH", "/usr/bin:/bin")
        return subprocess.Popen(
            [*(AS_NOBODY if os.geteuid() == 0 else ()), *words], env=said | variables,
            cwd=self._folder / "var/lib/touchline", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def says(self, *words: str, **variables: str) -> tuple[int, str]:
        """The command's exit code and words."""
        running = self.start(*words, **variables)
        text, _ = running.communicate(timeout=60)
        return running.returncode, text

    def _here(self, words: str) -> str:
        return ABSOLUTE.sub(f"{self._folder}/", words)

    def _copy(self, words: list[str], at: Path) -> None:
        *sources, into = words
        for source in sources:
            found = ROOT / source
            if found.is_dir():
                shutil.copytree(
                    found, at / into, ignore=shutil.ignore_patterns("__pycache__", "*.so"), dirs_exist_ok=True
                )
            else:
                target = at / into / found.name if into.endswith("/") else at / into
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, target)


def _python() -> str:
    return str(Path(sys.base_prefix) / "bin" / "python3.11")
