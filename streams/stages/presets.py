"""Graphs of stages that come with the product: the usual one, and three that a model may name."""

from schemas.stage import Enters, Stage
from schemas.units import DAY_MS, HOUR_MS

IN_A_DEAL = frozenset({"deal", "in deal", "negotiation", "proposal", "contract", "invoice", "checkout"})
"""Names, as CRMs report them, of stages in which a lead is somebody's deal."""

SELLER, MARKETING, CARE = "seller", "marketing", "account manager"

USUAL = (
    Stage(
        name="open", start=True, by=(Enters.HANDED_OFF, Enters.REVIEWED), also=("new", "new enquiry"),
        to=("contacted", "qualified", "negotiation", "customer", "returned", "nurture", "inactive", "unqualified"),
    ),
    Stage(
        name="contacted", by=(Enters.ANSWERED, Enters.ATTEMPT),
        to=("open", "qualified", "negotiation", "customer", "returned", "nurture", "inactive", "unqualified"),
    ),
    Stage(
        name="qualified",
        to=("negotiation", "customer", "returned", "nurture", "inactive", "unqualified"),
    ),
    Stage(
        name="negotiation", deal=True, also=tuple(sorted(IN_A_DEAL - {"negotiation"})),
        to=("qualified", "customer", "returned", "nurture", "inactive", "unqualified"),
    ),
    Stage(
        name="customer", by=(Enters.WON,), role=CARE, idle_after_ms=180 * DAY_MS,
        to=("negotiation", "inactive", "unqualified"),
    ),
    Stage(name="returned", by=(Enters.RETURNED,), goes_on_to="nurture", to=("nurture",)),
    Stage(
        name="nurture", by=(Enters.LOST, Enters.REFUSED),
        to=("open", "contacted", "qualified", "negotiation", "customer", "inactive", "unqualified"),
    ),
    Stage(
        name="inactive", by=(Enters.NOT_REACHED, Enters.IDLE), role=CARE,
        to=("open", "contacted", "qualified", "negotiation", "customer", "nurture", "unqualified"),
    ),
    Stage(
        name="unqualified", by=(Enters.UNQUALIFIED, Enters.REFUSED_BY_US),
        to=("open", "qualified", "negotiation", "customer"),
    ),
)  # fmt: skip
"""Where a model names none: no tasks and no limits of time but the idle customer's."""

_ENDS = (Enters.LOST, Enters.REFUSED, Enters.NOT_REACHED, Enters.UNQUALIFIED)
"""What takes a lead off a way that has one place for all who leave it."""

SHORT = (
    Stage(
        name="Open", start=True, by=(Enters.HANDED_OFF, Enters.RETURNED), role=SELLER, task="Make the first contact",
        stuck_after_ms=2 * DAY_MS, to=("Contacted", "Qualified", "Customer", "Lost"),
    ),
    Stage(
        name="Contacted", by=(Enters.ANSWERED, Enters.ATTEMPT), role=SELLER,
        task="Find out need, budget and time", stuck_after_ms=7 * DAY_MS, to=("Open", "Qualified", "Customer", "Lost"),
    ),
    Stage(
        name="Qualified", deal=True, role=SELLER, task="Make an offer", stuck_after_ms=30 * DAY_MS,
        to=("Open", "Customer", "Lost"),
    ),
    Stage(
        name="Customer", by=(Enters.WON,), role=CARE, task="Welcome, and hand over to care", to=("Open", "Qualified"),
    ),
    Stage(
        name="Lost", by=_ENDS, role=MARKETING, to=("Open", "Contacted", "Qualified", "Customer"),
    ),
)  # fmt: skip

_EIGHT_AFTER = ("Qualified", "Negotiation", "Customer", "Nurturing", "Inactive", "Unqualified")

EIGHT = (
    Stage(
        name="Open enquiry", start=True, by=(Enters.HANDED_OFF, Enters.REVIEWED), role=SELLER,
        task="Make the first contact", stuck_after_ms=2 * DAY_MS, to=("Contacted", *_EIGHT_AFTER),
    ),
    Stage(
        name="Contacted", by=(Enters.ANSWERED, Enters.ATTEMPT), role=SELLER,
        task="Find out need, budget and time", stuck_after_ms=7 * DAY_MS, to=("Open enquiry", *_EIGHT_AFTER),
    ),
    Stage(
        name="Nurturing", by=(Enters.RETURNED, Enters.LOST, Enters.REFUSED), role=MARKETING,
        task="Keep warm with what fits its interests",
        to=("Open enquiry", "Contacted", "Qualified", "Negotiation", "Customer", "Inactive", "Unqualified"),
    ),
    Stage(
        name="Qualified", role=SELLER, task="Book a consultation and send the presentation",
        stuck_after_ms=14 * DAY_MS, to=("Negotiation", "Customer", "Nurturing", "Inactive", "Unqualified"),
    ),
    Stage(
        name="Negotiation", deal=True, role=SELLER, task="Send the estimate, agree on terms",
        stuck_after_ms=30 * DAY_MS, to=("Qualified", "Customer", "Nurturing", "Inactive", "Unqualified"),
    ),
    Stage(
        name="Customer", by=(Enters.WON,), role=CARE, task="Welcome, and hand over to care",
        idle_after_ms=180 * DAY_MS, to=("Negotiation", "Inactive", "Unqualified"),
    ),
    Stage(
        name="Inactive", by=(Enters.NOT_REACHED, Enters.IDLE), role=CARE,
        to=("Open enquiry", "Contacted", "Nurturing", "Qualified", "Negotiation", "Customer", "Unqualified"),
    ),
    Stage(
        name="Unqualified", by=(Enters.UNQUALIFIED, Enters.REFUSED_BY_US),
        to=("Open enquiry", "Qualified", "Negotiation", "Customer"),
    ),
)  # fmt: skip

_REQUEST = "new request"
_LOST = "lost"
_KEY = ("first contact", "proposal drafting", "proposal approval", "contract drafting", "invoice and payment")

AGENCY = (
    Stage(
        name="new", of=_REQUEST, start=True, by=(Enters.HANDED_OFF, Enters.RETURNED), role="SDR",
        task="Take the request up", stuck_after_ms=4 * HOUR_MS,
        to=("received by SDR", "contact made", "form filled", "waiting for a manager", *_KEY, _LOST),
    ),
    Stage(
        name="received by SDR", of=_REQUEST, by=(Enters.ACCEPTED,), role="SDR", task="Reach the lead by mail or phone",
        stuck_after_ms=DAY_MS, to=("new", "contact made", "form filled", "waiting for a manager", *_KEY, _LOST),
    ),
    Stage(
        name="contact made", of=_REQUEST, by=(Enters.ANSWERED,), role="SDR", task="Fill in the qualification form",
        stuck_after_ms=2 * DAY_MS, to=("new", "form filled", "waiting for a manager", *_KEY, _LOST),
    ),
    Stage(
        name="form filled", of=_REQUEST, role="SDR", task="Finish the first processing", stuck_after_ms=DAY_MS,
        to=("new", "waiting for a manager", *_KEY, _LOST),
    ),
    Stage(
        name="waiting for a manager", of=_REQUEST, role="team lead", task="Give the request to a manager",
        stuck_after_ms=DAY_MS, to=("new", *_KEY, _LOST),
    ),
    Stage(
        name="first contact", role="manager", task="Talk about the task, agree on the next step",
        stuck_after_ms=3 * DAY_MS, to=("new", *_KEY[1:], _LOST),
    ),
    Stage(
        name="proposal drafting", deal=True, role="manager", task="Write the proposal", stuck_after_ms=5 * DAY_MS,
        to=("new", *_KEY[2:], _LOST),
    ),
    Stage(
        name="proposal approval", deal=True, role="manager", task="Get the proposal agreed", stuck_after_ms=10 * DAY_MS,
        to=("new", "proposal drafting", *_KEY[3:], _LOST),
    ),
    Stage(
        name="contract drafting", deal=True, role="manager", task="Write the contract and get it signed",
        stuck_after_ms=10 * DAY_MS, to=("new", "proposal drafting", *_KEY[4:], _LOST),
    ),
    Stage(
        name="invoice and payment", deal=True, by=(Enters.WON,), role="manager", task="Send the invoice, see it paid",
        stuck_after_ms=14 * DAY_MS, to=("new", "proposal drafting", "contract drafting", _LOST),
    ),
    Stage(name=_LOST, by=_ENDS, role="marketing", to=("new", *_KEY)),
)  # fmt: skip

PRESETS = {"short": SHORT, "eight": EIGHT, "agency": AGENCY}
"""By the word that a model writes."""
