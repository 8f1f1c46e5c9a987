"""Programs of tests hear Ctrl-C even when the tests run in a shell's background, where SIGINT is ignored."""

import signal


def hear_interrupts() -> None:
    """Before a program starts: SIGINT does what it does in a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
