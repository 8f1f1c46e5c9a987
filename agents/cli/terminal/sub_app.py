"""Makes the sub-applications of the command line alike."""

import typer

from agents.cli.terminal.voice import EXIT_CODES


def sub_app(what: str) -> typer.Typer:
    """A noun's commands, with the exit codes under its help."""
    return typer.Typer(
        help=what,
        epilog=EXIT_CODES,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
