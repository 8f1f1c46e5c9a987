"""`touchline doctor`: what is wrong, in a line each, and the next command."""

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Model, Partitions, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, say, say_json


def doctor(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, model: Model = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what is wrong, one line each with the next command. Exit code 0: nothing; 1: something."""
    from agents.checkup import Area, check_up

    settings = settings_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions, generation=generation, model=model
    )
    problems = reach(settings, check_up(settings))
    if as_json:
        say_json({"problems": problems})
    elif not problems:
        say(f"All is well: {', '.join(Area)}.")
    else:
        for problem in problems:
            say(f"{problem.area}: {problem.what}. Next: {problem.next}")
    raise typer.Exit(PROBLEM if problems else 0)
