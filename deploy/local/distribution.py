"""Kafka's jars, resolved once, and the archive of loaded classes that halves the start of a broker."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.programs import java_version, require

POM = Path(__file__).with_name("pom.xml")
JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-Xshare:auto", "-Dorg.slf4j.simpleLogger.showDateTime=true",
       "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS")  # fmt: skip


class Distribution:
    """What one Kafka version needs on this machine, below `home`/<version>-<digest of the pom>."""

    def __init__(self, home: Path) -> None:
        said = POM.read_bytes()
        version = said.split(b"<kafka.version>")[1].split(b"<")[0].decode()
        self.folder = home / f"{version}-{hashlib.sha256(said).hexdigest()[:8]}"
        self._java = ""
        self._key = ""

    def prepare(self) -> None:
        """Have the jars; of several runs at the same time one fetches them and the others wait."""
        self._java = require("java")["java"]
        libs = self.folder / "libs"
        if not libs.exists():
            with locked(self.folder.parent / "lock"):
                if not libs.exists():
                    self._resolve(libs)
        facts = "\n".join([java_version(self._java), *JVM, *(f"{j} {j.stat().st_size}" for j in self.jars())])
        self._key = hashlib.sha256(facts.encode()).hexdigest()[:12]

    @property
    def resolved(self) -> bool:
        """The jars are here: Maven is not needed."""
        return (self.folder / "libs").exists()

    def jars(self) -> list[Path]:
        """In a fixed order: the class archive is only good for the very same class path."""
        return sorted((self.folder / "libs").glob("*.jar"))

    @property
    def archive(self) -> Path:
        """Classes as they lay in memory; good for these jars, this Java and these options only."""
        return self.folder / f"classes-{self._key}.jsa"

    def java(self, main: str, *arguments: str, archive_to: Path | None = None) -> list[str]:
        """The command that runs a class of Kafka; `archive_to` writes the class archive when the program ends."""
        share = []
        if archive_to is not None:
            share = [f"-XX:ArchiveClassesAtExit={archive_to}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
        elif self.archive.exists():
            share = [f"-XX:SharedArchiveFile={self.archive}"]
        return [self._java, *JVM, *share, "-cp", ":".join(map(str, self.jars())), main, *arguments]

    def formatted(self, config: Path, log: Path) -> Path:
        """A formatted, empty data folder without its identity: made once by Kafka's own tool, copied from then on."""
        template = self.folder / "formatted"
        if template.exists():
            return template
        with locked(self.folder.parent / "lock"):
            if not template.exists():
                self._format(config, log, template)
        return template

    def _resolve(self, libs: Path) -> None:
        mvn = require("mvn")["mvn"]
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="resolving-") as scratch:
            fresh = Path(scratch) / "libs"
            command = [
                mvn, "-q", "-B", "-C", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime",
                f"-DoutputDirectory={fresh}",
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode:
                raise OSError(f"Maven could not fetch Kafka's jars ({POM}):\n{(done.stdout + done.stderr).strip()}")
            fresh.rename(libs)

    def _format(self, config: Path, log: Path, template: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="formatting-") as scratch:
            data = Path(scratch) / "data"
            local = Path(scratch) / "server.properties"
            lines = [line for line in config.read_text().splitlines() if not line.startswith("log.dirs=")]
            local.write_text("\n".join([*lines, f"log.dirs={data}", ""]))
            # The cluster id is the template's alone: each node gets its own meta.properties.
            quick = [*self.java("kafka.tools.StorageTool"), "format", "-t", "A" * 21 + "Q", "-c", str(local)]
            quick.insert(1, "-XX:TieredStopAtLevel=1")
            done = subprocess.run(quick, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode:
                log.write_text(done.stdout + done.stderr)
                raise OSError(f"Kafka could not format its data folder; what it said: {log}")
            (data / "meta.properties").unlink()
            data.rename(template)

    def keep_archive(self, written: Path) -> None:
        """Put a freshly written archive in its place at once, whole: other runs may be reading it."""
        if written.exists() and not self.archive.exists():
            arriving = self.archive.with_suffix(f".{os.getpid()}")
            shutil.move(written, arriving)
            for old in self.folder.glob("classes-*.jsa"):  # of a Java this machine had before
                old.unlink(missing_ok=True)
            arriving.rename(self.archive)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's lock; the system frees it even when we are killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        yield
