"""Who may get leads: people, the teams they share in, partners."""

from collections.abc import Collection, Iterator
from typing import Literal

from msgspec import Struct

from schemas.routing_policy import Partner, Person, Team
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.values import read_name, read_text, read_texts, read_whole
from streams.model.yaml.section import Section, did_you_mean, inside, named_entries, open_section, shape
from streams.model.yaml.tree import Block, Leaf, Node
from streams.routing.document.times import read_absences, read_hours

PERSON = ("role", "weight", "capacity", "per_day", "hours", "absent", "skills")
TEAM = ("members", "share", "lead")
PARTNER = ("gets", "not")
PARTS = ("contacts", "need", "facts", "touches", "score", "ledger")
SHARES: dict[str, Literal["weight", "fewest_open"]] = {"by weight": "weight", "fewest open": "fewest_open"}
RESERVED = frozenset({"owner", "captured_by", "team", "role", "partner", "person", "queue"})


class Department(Struct, frozen=True):
    """All who may get leads, by name."""

    people: dict[str, Person]
    teams: dict[str, Team]
    partners: dict[str, Partner]

    @property
    def roles(self) -> frozenset[str]:
        """Those that anybody has."""
        return frozenset(person.role for person in self.people.values() if person.role)


def read_department(
    findings: Findings, people: Node | None, teams: Node | None, partners: Node | None, zone: str
) -> Department:
    """What is broken is told, and left out."""
    read_people = _people(findings, people, zone)
    return Department(read_people, _teams(findings, teams, read_people), _partners(findings, partners))


def _people(findings: Findings, node: Node | None, zone: str) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for name, section in _named(findings, node, "people", PERSON, "{ann: {role: sdr, capacity: 12}}"):
        role, weight, capacity = section.get("role"), section.get("weight"), section.get("capacity")
        per_day, skills = section.get("per_day"), section.get("skills")
        people[name] = Person(
            name=name,
            role=(role and read_text(findings, role, section.at("role"))) or "",
            weight=(weight and read_whole(findings, weight, section.at("weight"), least=1, most=1_000)) or 1,
            capacity=_count(findings, capacity, section.at("capacity")),
            per_day=_count(findings, per_day, section.at("per_day")),
            hours=read_hours(findings, section.get("hours"), section.at("hours")),
            absent=read_absences(findings, section.get("absent"), section.at("absent"), zone),
            skills=(skills and read_texts(findings, skills, section.at("skills"))) or (),
        )
    return people


def _teams(findings: Findings, node: Node | None, people: dict[str, Person]) -> dict[str, Team]:
    teams: dict[str, Team] = {}
    for name, section in _named(findings, node, "teams", TEAM, "{sdr-desk: {members: [ann, bob]}}"):
        members = section.need("members", "Write `members: [ann, bob]`: who shares its leads.")
        names = (members and read_texts(findings, members, section.at("members"))) or ()
        for member in names if members is not None else ():
            known_person(findings, members, section.at("members"), member, people)
        lead = section.get("lead")
        led_by = (lead and read_text(findings, lead, section.at("lead"))) or ""
        if lead is not None and led_by:
            known_person(findings, lead, section.at("lead"), led_by, people)
        teams[name] = Team(
            name=name, members=names, share=_share(findings, section.get("share"), section.at("share")), lead=led_by
        )
    return teams


def _share(findings: Findings, node: Node | None, path: str) -> Literal["weight", "fewest_open"]:
    said = None if node is None else read_text(findings, node, path)
    if node is not None and said is not None and said not in SHARES:
        findings.error(
            Code.WHO, node, path, problem="an unknown way to share", why=f"this is {shape(node)}.",
            remedy=did_you_mean(said, list(SHARES)),
        )  # fmt: skip
    return SHARES.get(said or "", "weight")


def _partners(findings: Findings, node: Node | None) -> dict[str, Partner]:
    partners: dict[str, Partner] = {}
    for name, section in _named(findings, node, "partners", PARTNER, "{incubator: {gets: [contacts, need]}}"):
        gets = _parts(findings, section.get("gets"), section.at("gets"))
        without = _parts(findings, section.get("not"), section.at("not"))
        whole = gets if "gets" in section else PARTS
        partners[name] = Partner(name=name, gets=tuple(part for part in whole if part not in without))
    return partners


def _parts(findings: Findings, node: Node | None, path: str) -> tuple[str, ...]:
    parts = () if node is None else read_texts(findings, node, path) or ()
    for part in parts:
        if part not in PARTS and node is not None:
            findings.error(
                Code.WHO, node, path, problem="no part of a handoff", why=f"`{part}` is nothing a partner could get.",
                remedy=did_you_mean(part, PARTS), part=part,
            )  # fmt: skip
    return parts


def known_person(findings: Findings, where: Node | None, path: str, name: str, people: dict[str, Person]) -> bool:
    """Is there such a person? If not, that is told."""
    if name in people or where is None:
        return name in people
    findings.error(
        Code.WHO, where, path, problem="nobody of that name", why=f"`{name}` is not among the people of this policy.",
        remedy=did_you_mean(name, list(people)), part=name,
    )  # fmt: skip
    return False


def _named(
    findings: Findings, node: Node | None, what: str, words: Collection[str], example: str
) -> Iterator[tuple[str, Section]]:
    """What is said of each; whoever is named wrongly, or of whom nothing can be read, is told and left out."""
    if node is None:
        return
    for name, key, value in named_entries(findings, node, what, example):
        path = inside(what, name)
        section = open_section(findings, _block(value, key), path, words)
        if read_name(findings, key, path, RESERVED) and section is not None:
            yield name, section


def _count(findings: Findings, node: Node | None, path: str) -> int | None:
    return None if node is None else read_whole(findings, node, path, least=1, most=100_000)


def _block(value: Node, key: Leaf) -> Node:
    """`ann:` alone is somebody about whom nothing is said."""
    empty = isinstance(value, Leaf) and value.value is None
    return Block({}, key.at, key.excerpt) if empty else value
