"""What needs consent, and which touches take it back: the part under `consent`."""

from schemas.scoring_model import Consent
from streams.consent import BY_CHANNEL, CHANNELS, CONTACT, SCORING
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.touches import read_kinds
from streams.model.yaml.section import Section, did_you_mean, inside, open_section, shape
from streams.model.yaml.tree import Leaf, Node

PURPOSES = (SCORING, CONTACT, *BY_CHANNEL)
NEEDED, ASSUMED = "needed", "assumed"
CLOSED_BY = "closed_by"


def read_consent(findings: Findings, node: Node | None) -> Consent:
    """Without the part: nothing is needed, and the usual touches close a channel."""
    section = node and open_section(findings, node, "consent", (*PURPOSES, CLOSED_BY))
    if not section:
        return Consent()
    needed = tuple(sorted(purpose for purpose in PURPOSES if _is_needed(section, purpose)))
    closing = section.get(CLOSED_BY)
    return Consent(needed=needed, closed_by={} if closing is None else _read_closed_by(findings, closing))


def _is_needed(section: Section, purpose: str) -> bool:
    node = section.get(purpose)
    if node is None:
        return False
    said = node.said if isinstance(node, Leaf) else ""
    if said not in (NEEDED, ASSUMED):
        section.findings.error(
            Code.UNKNOWN_WORD, node, section.at(purpose),
            problem="needed or assumed", why=f"this is {shape(node)}.",
            remedy=did_you_mean(said, (NEEDED, ASSUMED)) + " `needed`: nothing without a yes; `assumed`: until a no.",
        )  # fmt: skip
    return said == NEEDED


def _read_closed_by(findings: Findings, node: Node) -> dict[str, tuple[str, ...]]:
    """Kinds by channel, in the order of channels; what is usual anyway is left out."""
    path = inside("consent", CLOSED_BY)
    section = open_section(findings, node, path, CHANNELS)
    if section is None:
        return {}
    said = {channel: kinds for channel in CHANNELS if (kinds := _read_kinds(section, channel)) is not None}
    return {channel: kinds for channel, kinds in said.items() if kinds != Consent().kinds_that_close(channel)}


def _read_kinds(section: Section, channel: str) -> tuple[str, ...] | None:
    node = section.get(channel)
    return None if node is None else read_kinds(section.findings, node, section.at(channel))
