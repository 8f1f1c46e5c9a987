"""The Dockerfile as its stages, and the rules it keeps, each broken one as a sentence."""

import json
import re
from io import BytesIO
from pathlib import Path

from dockerfile_parse import DockerfileParser
from msgspec import Struct

DOCKERFILE = Path(__file__).parents[3] / "deploy" / "image" / "Dockerfile"
SECRET = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN)\b")
INSTALLS = re.compile(r"pip install\b[^&]*")


class Stage(Struct):
    """From one FROM to the next."""

    base: str
    name: str
    steps: list[tuple[str, str]]
    """(instruction, its words)."""

    def all(self, instruction: str) -> list[str]:
        """The words of each."""
        return [words for told, words in self.steps if told == instruction]

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        return dict(pair.split("=", 1) for words in self.all("ENV") for pair in words.split())


def stages(text: str) -> list[Stage]:
    """In their order; what stands before the first is left out."""
    parser = DockerfileParser(fileobj=BytesIO(text.encode()), build_args={}, env_replace=False)
    found: list[Stage] = []
    for step in parser.structure:
        if step["instruction"] == "FROM":
            base, _, name = step["value"].partition(" AS ")
            found.append(Stage(base, name, []))
        elif found and step["instruction"] != "COMMENT":
            found[-1].steps.append((step["instruction"], step["value"]))
    return found


def breaches(text: str) -> list[str]:
    """Of our own rules; hadolint has more."""
    found = stages(text)
    final = found[-1]
    (user,) = final.all("USER") or [""]
    defaults = re.findall(r"^ARG (\w+)=", text.partition("\nFROM ")[0], re.MULTILINE)
    unlocked = [
        words.strip()
        for stage in found
        for run in stage.all("RUN")
        for words in INSTALLS.findall(run)
        if "--require-hashes" not in words and not {"--no-index", "--no-deps"} <= set(words.split())
    ]
    wanted = {
        "has more than one stage": len(found) > 1,
        "takes every base image as an argument": all(re.fullmatch(r"\$\{\w+\}", stage.base) for stage in found),
        "invents no base image": not defaults,
        "ends as a user by number, not root": re.fullmatch(r"[1-9]\d*:[1-9]\d*", user) is not None,
        "starts without a shell": all(_is_list(words) for told in ("ENTRYPOINT", "CMD") for words in final.all(told))
        and bool(final.all("ENTRYPOINT")),
        "runs nothing in what is shipped": not final.all("RUN"),
        "copies into it from the build alone": all("--from=" in words for words in final.all("COPY")),
        "fetches nothing by ADD": not any(stage.all("ADD") for stage in found),
        "installs what the lock names, by hash": not unlocked,
        "holds no secret": not SECRET.search(" ".join((*final.environment, *final.all("ARG")))),
        "writes no bytecode at run time": final.environment.get("PYTHONDONTWRITEBYTECODE") == "1",
        "stops by SIGTERM": final.all("STOPSIGNAL") == ["SIGTERM"],
    }
    return [f"not so: {rule}" for rule, kept in wanted.items() if not kept]


def _is_list(words: str) -> bool:
    try:
        return isinstance(json.loads(words), list)
    except ValueError:
        return False
