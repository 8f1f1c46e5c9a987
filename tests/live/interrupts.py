"""Programs of tests hear Ctrl-C even when the tests run in a shell's background, where SIGINT is ignored."""

from collections.abc import Sequence


def hearing_interrupts(command: Sequence[str]) -> list[str]:
    """The command, under a SIGINT that does what it does in a terminal (GNU env replaces itself by it)."""
    return ["env", "--default-signal=INT", *command]
