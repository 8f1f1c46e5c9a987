"""`touchline plan`: examples worked out by hand, and the documents say what the figures say."""

import json
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sizing_file import load_figures
from streams.sizing import Figures, Load, partitions, plan
from streams.topology import DEFAULT_PARTITIONS

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "deploy" / "docs" / "sizing.md").read_text()
FIGURES: Figures = load_figures()
TOUCHLINE = Path(sys.executable).with_name("touchline")


def test_a_small_load_is_what_a_hand_works_out() -> None:
    said = plan(Load(rate=1_000, leads=1e6, per_day=20e6, retention_days=90), FIGURES)
    identify, score, route, mirror = said.stages

    # 1,000/s x 85.6 us = 0.0856 of a core: one worker would do, two are the least.
    assert (2, 85.6) == (score.workers, score.us_per_touch)
    assert pytest.approx(0.0856) == score.cores
    # One away, the other holds a million leads of 602 + 20 x 19 = 982 bytes, 1.25 each: 1,170.6 MB and 110, and a
    # quarter more.
    assert ("memory", 982, 1_601) == (said.store, said.state_bytes, score.memory_mb)
    # 186, 87 and 155 MB, a quarter more.
    assert (233, 109, 194) == (identify.memory_mb, route.memory_mb, mirror.memory_mb)
    # A million leads with two identities of 237 and 1,645 bytes: 2,119,000,000 / 1,048,576 = 2,020.8.
    assert (2_021, 3_032) == (said.redis_mb, said.redis_maxmemory_mb)
    # 29 + 50.8 + 43.9 + 1.5 + 1.6 + 1.4 + 1.5 = 129.7 bytes a touch, three times for less alike ones, three replicas.
    assert pytest.approx(20e6 * 129.7 * 3 * 3 / 1e9) == said.kafka_day_gb
    # Two million records, half of them each worker's, 352,978,560 / 982 = 359,449 a second, 1 s before the first.
    assert pytest.approx(1 + 1e6 / 359_448.6, rel=1e-4) == said.restart_s
    # Whoever is left takes them all: the other's million, after a session of 10 s.
    assert pytest.approx(10 + 1e6 / 359_448.6, rel=1e-4) == said.takeover_s
    assert (24, 0) == (said.partitions, said.store_disk_mb)


def test_what_is_kept_is_each_topics_bytes_for_its_days_and_the_latest_of_each_lead() -> None:
    load = Load(rate=1, leads=1_000, per_day=1_000, retention_days=10, replication=1)
    by_day = 3 * (29 * 7 + (50.8 + 43.9 + 1.5) * 10 + 1.6 * 30 + 1.4 * 7 + 1.5 * 30)
    by_lead = 982 / 1.76 * 2 + 3 * (84.9 + 39.6 + 94.2)

    assert pytest.approx((1_000 * by_day + 1_000 * by_lead) / 1e9) == plan(load, FIGURES).kafka_kept_gb


def test_leads_that_do_not_fit_into_memory_are_kept_on_disk() -> None:
    said = plan(Load(rate=5_000, leads=10e6), FIGURES)

    # 10,000,000 x 1,227.5 bytes on the one worker left are 11.4 GiB, over 4: then 778 MB and a quarter, 35 us more.
    assert ("rocksdb", 973, 120.6) == (said.store, said.stages[1].memory_mb, said.stages[1].us_per_touch)
    # 982 x 1.04 = 1,021.28 bytes of disk each: sorted and, for a while, once more.
    assert 9_740 == said.store_disk_mb
    # 2.782 us to read a record and 9.6 to put it away: ten million records each.
    assert pytest.approx(1 + 10e6 * (982 / 352_978_560 + 9.6e-6), rel=1e-6) == said.restart_s


def test_more_workers_need_more_partitions() -> None:
    said = plan(Load(rate=100_000, leads=1e6), FIGURES)

    # 8.56 cores of score at half of each: eighteen workers, four partitions for each, in dozens.
    assert (18, 72) == (said.stages[1].workers, said.partitions)
    assert [24, 24, 36, 96] == [partitions(workers, 4) for workers in (1, 6, 7, 24)]


@given(rate=st.floats(0.1, 1e5), leads=st.floats(1, 1e8), touches=st.floats(1, 500), more=st.floats(1, 10))
def test_a_greater_load_never_needs_less(rate: float, leads: float, touches: float, more: float) -> None:
    small = plan(Load(rate=rate, leads=leads, touches_per_lead=touches), FIGURES)
    great = plan(Load(rate=rate * more, leads=leads * more, touches_per_lead=touches), FIGURES)

    assert all(one.workers <= other.workers for one, other in zip(small.stages, great.stages, strict=True))
    assert DEFAULT_PARTITIONS <= small.partitions <= great.partitions
    assert small.redis_mb <= great.redis_mb
    assert small.kafka_day_gb <= great.kafka_day_gb
    assert small.kafka_kept_gb <= great.kafka_kept_gb


def test_every_worker_stays_below_its_share_of_a_core() -> None:
    for rate in (1, 999, 12_345, 99_999):
        for stage in plan(Load(rate=rate, leads=1e5), FIGURES).stages:
            assert stage.cores / stage.workers <= FIGURES["busy"].value


def test_every_figure_says_what_measured_it_where_and_when() -> None:
    measured = {name: figure for name, figure in FIGURES.items() if figure.bench != "assumed"}

    assert [] == [name for name, figure in measured.items() if not figure.on]
    assert [] == [name for name, figure in FIGURES.items() if not figure.what or figure.when < date(2026, 1, 1)]


def test_the_benches_named_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for figure in FIGURES.values():
        for target in re.findall(r"make ([a-z-]+)", figure.bench):
            assert f"\n{target}: " in makefile
        for module in re.findall(r"python -m ([a-z._]+)", figure.bench):
            assert (ROOT / f"{module.replace('.', '/')}.py").exists()


def test_the_document_lists_the_figures_of_the_file() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([\d.,]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", DOCUMENT, re.MULTILINE)

    assert [
        (name, figure.value, figure.unit, figure.what, figure.bench) for name, figure in FIGURES.items()
    ] == [
        (name, float(value.replace(",", "")), unit.strip(), what.strip(), bench.strip().strip("`"))
        for name, value, unit, what, bench in rows
    ]  # fmt: skip


@pytest.mark.parametrize("block", re.findall(r"```console\n\$ (.*?)```", DOCUMENT, re.DOTALL))
def test_what_the_document_shows_is_what_the_command_prints(block: str) -> None:
    line, _, shown = block.partition("\n")
    ran = subprocess.run([str(TOUCHLINE), *shlex.split(line)[1:]], capture_output=True, text=True, timeout=60)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert shown.split() == ran.stdout.split()


def test_a_plan_is_json_for_programs_with_its_basis() -> None:
    ran = subprocess.run(
        [str(TOUCHLINE), "plan", "--rate", "5000", "--leads", "10e6", "--basis", "--json"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    said = json.loads(ran.stdout)

    assert (24, "rocksdb") == (said["plan"]["partitions"], said["plan"]["store"])
    assert FIGURES.keys() == said["figures"].keys()
