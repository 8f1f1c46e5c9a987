"""A known vulnerability stops the build with what mends it; a database that is silent is no all-clear."""

from deploy.audit import Audit, Dependency, Vulnerability, judged

HOLE = Vulnerability("PYSEC-2026-7", ["3.1.2"], ["CVE-2026-1234"])
SOUND = Dependency("aiokafka", "0.14.0")
HOLED = Dependency("jinja2", "3.1.1", [HOLE])


def test_a_known_vulnerability_is_told_with_the_release_that_mends_it() -> None:
    verdict = judged("a.lock", Audit([SOUND, HOLED]), {})

    assert verdict.vulnerable
    assert ["a.lock: jinja2 3.1.1: PYSEC-2026-7, mended in 3.1.2. Raise it, and run `make lock`"] == verdict.lines


def test_one_that_is_accepted_by_any_of_its_names_is_told_with_why() -> None:
    verdict = judged("a.lock", Audit([HOLED]), {"CVE-2026-1234": "we render nothing; until 2027-01"})

    assert not verdict.vulnerable
    assert ["a.lock: jinja2 3.1.1: PYSEC-2026-7, accepted: we render nothing; until 2027-01"] == verdict.lines


def test_one_that_nobody_has_mended_is_a_fault_all_the_same() -> None:
    verdict = judged("a.lock", Audit([Dependency("x", "1", [Vulnerability("PYSEC-1")])]), {})

    assert verdict.vulnerable
    assert "not mended yet" in verdict.lines[0]


def test_sound_packages_are_counted() -> None:
    assert ["a.lock: 1 packages, no known vulnerability"] == judged("a.lock", Audit([SOUND]), {}).lines


def test_a_package_the_database_does_not_know_is_no_all_clear() -> None:
    verdict = judged("a.lock", Audit([SOUND, Dependency("ours", skip_reason="not found")]), {})

    assert not verdict.vulnerable
    assert ["a.lock: NOT AUDITED: the database did not know or answer for 1 of 2"] == verdict.lines
