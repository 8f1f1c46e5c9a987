"""What operators go by: settings with their origins, secrets kept, doctor's looks, plans that survive a dead worker."""

from tests.mutations.planted import Planted

CONFIGURATION, CHECKUP = "tests/pure/configuration", "tests/pure/checkup"

OPERATING = (
    Planted(
        "a secret is never shown",
        "agents/configuration/fields.py",
        '        return MASK if value.get_secret_value() else ""',
        "        return value.get_secret_value()",
        f"{CONFIGURATION}/test_config_commands.py",
    ),
    Planted(
        "the environment wins over the settings file",
        "agents/configuration/reading.py",
        "    merged = from_file | from_bindings | from_variables | from_options",
        "    merged = from_bindings | from_variables | from_file | from_options",
        f"{CONFIGURATION}/test_precedence.py",
    ),
    Planted(
        "a secret in a file that everybody may read is refused",
        "agents/configuration/settings_file.py",
        "st_mode & stat.S_IROTH",
        "st_mode & stat.S_IWOTH",
        f"{CONFIGURATION}/test_settings_file.py",
    ),
    Planted(
        "true is no number in the settings file",
        "agents/configuration/settings_file.py",
        '    (bool, "boolean"), (int, "integer"),',
        '    (int, "integer"),',
        f"{CONFIGURATION}/test_settings_file.py",
    ),
    Planted(
        "lag that shrinks is no problem, lag that grows is",
        "agents/checkup/lag.py",
        "    if gained_s < 0:",
        "    if gained_s > 0:",
        f"{CHECKUP}/test_judged.py",
    ),
    Planted(
        "a partition whose snapshots stopped is noticed among others that go on",
        "agents/checkup/machine.py",
        "min(newest.values())",
        "max(newest.values())",
        f"{CHECKUP}/test_judged.py",
    ),
    Planted(
        "a plan has room for the leads of a worker that died",
        "streams/sizing.py",
        "load.leads * held / max(1, score - 1) / MB",
        "load.leads * held / score / MB",
        "tests/pure/test_sizing.py",
    ),
    Planted(
        "a touch that only looks like a canary is somebody's",
        "streams/canary.py",
        "touch.source != RESERVED or len(touch.who) != 1 or",
        "touch.source != RESERVED or",
        "tests/pure/canary/test_way.py",
    ),
    Planted(
        "a canary that comes too late is lost, and counted once",
        "agents/canary/tally.py",
        "        if took_s <= self._within_s:",
        "        if took_s >= 0:",
        "tests/pure/canary/test_tally.py",
    ),
    Planted(
        "a canary at route is no ripe lead, and no dead letter",
        "agents/route.py",
        "            if record.key == CANARY_KEY:",
        "            if record.key is None:",
        "tests/live/test_canary.py",
    ),
    Planted(
        "a stage that has gone is missed for a week",
        "deploy/prometheus/rules/workers.yaml",
        "max_over_time(touchline_build_info[1w])",
        "max_over_time(touchline_build_info[1m])",
        "tests/contract/test_alerts.py",
    ),
    Planted(
        "a Redis that stands still and takes connections is unavailable",
        "agents/redis/client.py",
        "        if answer is not None:",
        "        if True:",
        "tests/pure/test_redis_client.py",
    ),
)
