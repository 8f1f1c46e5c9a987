"""The compiled fold is the plain one's twin, byte for byte, and a stale one is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.compiled import PLAIN, fold_in_use
from deploy.compiled import SOURCES, CannotCompile, build, digest_of

ROOT = Path(__file__).parents[2]
TWIN = f"import sys; sys.path[0] = {str(ROOT)!r}; sys.path.append(sys.path.pop(0)); import runpy; "
RUN = "runpy.run_module('tests.twin', run_name='__main__')"
START = "from agents.compiled import fold_in_use; print(fold_in_use())"


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Python with the copy in front, and ourselves behind."""
    return subprocess.run(
        [sys.executable, "-c", TWIN + script], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(folder)},
    )  # fmt: skip


@pytest.mark.timeout(240)
def test_the_compiled_fold_does_the_same_byte_for_byte_and_a_stale_one_is_refused(tmp_path: Path) -> None:
    if shutil.which("cc") is None:  # it is optional: what such a machine is told has a test of its own
        return
    build(tmp_path / "compiled", level="0")  # the same C, made sooner
    plain = run(RUN, tmp_path).stdout.split()
    machine = run(RUN, tmp_path / "compiled").stdout.split()

    assert [".py", ".so"] == [plain[0], machine[0]]
    assert plain[1] == machine[1]
    assert "compiled\n" == run(START, tmp_path / "compiled").stdout
    (tmp_path / "compiled" / "streams" / SOURCES).write_text("other\n")
    assert "run `make compiled` again" in run(START, tmp_path / "compiled").stderr


def test_the_digest_of_sources_follows_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    before = digest_of(tmp_path)
    (tmp_path / "a.py").write_text("x = 2\n")

    assert before != digest_of(tmp_path)


def test_without_a_copy_the_plain_fold_is_at_work() -> None:
    assert PLAIN == fold_in_use()


def test_a_machine_without_a_compiler_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotCompile, match="apt-get install gcc python3-dev"):
        build(tmp_path / "compiled")
