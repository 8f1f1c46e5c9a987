"""What a drill came to, and how it is shown."""

from collections.abc import Sequence

from msgspec import Struct

from tests.chaos.verdict import Verdict

QUIET, ROLLING, ROLLBACK = "quiet", "rolling restart", "rollback"


class Struck(Struct, kw_only=True):
    """One fault. Seconds count from the moment in which it broke; None: it did not happen in time."""

    what: str
    alert: str
    at: str
    """When it broke, by the wall."""
    rule_waits: str
    """`for` of the shipped rule, unscaled."""
    fired_s: float | None = None
    told: str = ""
    """Who: pager, tickets or log."""
    command: str = ""
    answer: str = ""
    remedy: str = ""
    remedied_s: float | None = None
    healed_s: float | None = None
    """Every worker is ready, and none is behind."""
    resolved_s: float | None = None
    also: list[str] = []
    """Other alerts that somebody was told of meanwhile."""

    @property
    def well(self) -> bool:
        """It was told, it healed, and that was told."""
        return None not in (self.fired_s, self.healed_s, self.resolved_s)


class Window(Struct, frozen=True):
    """Touches that came in while something was done."""

    name: str
    seconds: float
    touches: int
    p50_ms: int
    p99_ms: int
    """From a touch's append to an input topic to that of its line in the ledger."""
    slowest_ms: int


class Report(Struct, kw_only=True):
    """All of it."""

    per_s: float
    factor: int
    messages: int
    """Sent and acknowledged, repeats, facts and poison included."""
    faults: list[Struck]
    windows: list[Window]
    rolled_back_to: str
    restarted: list[str]
    verdict: Verdict
    seconds: float
    wrong: list[str]

    @property
    def well(self) -> bool:
        """Exit code 0."""
        return not self.wrong


def complaints(report: Report, unsettled: str, died: Sequence[str]) -> list[str]:
    """In words, whatever should not be."""
    verdict = report.verdict
    wrong = [f"{one.what}: {_missing(one)}" for one in report.faults if not one.well]
    wrong += [*verdict.wrong, *([unsettled] if unsettled else []), *died]
    if report.messages != verdict.inputs:
        wrong.append(f"{report.messages} messages were sent, {verdict.inputs} are on the topics")
    if verdict.counted != verdict.touches:
        wrong.append(f"{verdict.touches} touches were sent, {verdict.counted:g} are counted")
    return wrong


def _missing(one: Struck) -> str:
    if one.fired_s is None:
        return f"nobody was told of {one.alert}"
    return "it did not heal" if one.healed_s is None else f"{one.alert} was not resolved"


def table(report: Report) -> list[str]:
    """For people."""
    head = f"{'what broke':24} {'alert':28} {'fired':>7} {'remedy':>7} {'healed':>7} {'resolved':>9}  also told"
    lines = ["", head, "-" * len(head)]
    for one in report.faults:
        times = (one.fired_s, one.remedied_s, one.healed_s)
        cells = " ".join(f"{_seconds(time_s):>7}" for time_s in times)
        also = ", ".join(one.also) or "-"
        lines.append(f"{one.what:24} {one.alert:28} {cells} {_seconds(one.resolved_s):>9}  {also}")
    lines += ["", f"{'meanwhile':24} {'touches':>9} {'lasted':>8} {'p50':>9} {'p99':>9} {'slowest':>9}"]
    for window in report.windows:
        times_ms = " ".join(f"{time_ms:>6} ms" for time_ms in (window.p50_ms, window.p99_ms, window.slowest_ms))
        lines.append(f"{window.name:24} {window.touches:>9,} {window.seconds:>6.0f} s {times_ms}")
    verdict = report.verdict
    outcome = "All well." if report.well else "NOT well:"
    lines += ["", *_recounted(verdict, report.messages), f"{report.seconds:.0f} s in all. {outcome}", *report.wrong]
    return lines


def _recounted(verdict: Verdict, messages: int) -> tuple[str, ...]:
    return (
        f"messages sent {messages:,}, on the topics {verdict.inputs:,}; distinct touches {verdict.touches:,}",
        f"counted {verdict.counted:,.0f}: lost {verdict.lost}, twice {verdict.twice}",
        f"people to hand off {verdict.handoffs:,}: missing {verdict.handoffs_missing}, twice {verdict.handoff_repeats}",
    )


def _seconds(time_s: float | None) -> str:
    return "never" if time_s is None else f"{time_s:.1f} s"
