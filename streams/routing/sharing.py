"""Whose turn it is among people who share leads: `decide.lua`, which counts for real, goes by the same rule."""

from msgspec import Struct

from streams.routing.choosing import Member, Option


class Load(Struct):
    """What people have. Mutable: whoever plays a policy over the past owns one."""

    open: dict[str, int] = {}
    """Open leads by person."""
    today: dict[str, int] = {}
    """Leads given to a person on the day asked about."""
    shares: dict[str, float] = {}
    """How far each target's clock and people have got: `<kind>:<target>`, `<kind>:<target>/<person>`."""


def has_room(member: Member, load: Load) -> bool:
    """Below both limits?"""
    fits = member.capacity is None or load.open.get(member.name, 0) < member.capacity
    return fits and (member.per_day is None or load.today.get(member.name, 0) < member.per_day)


def by_turn(option: Option, load: Load) -> list[Member]:
    """Those with room, the next first; ties in the order of names."""
    return sorted((m for m in option.members if has_room(m, load)), key=lambda member: _rank(option, member, load))


def take(option: Option, member: Member, load: Load) -> None:
    """Count a lead that somebody got.

    Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996): who was away does not have to catch up.
    """
    start = _start(option, member, load)
    where = _where(option)
    load.shares[where], load.shares[f"{where}/{member.name}"] = start, start + 1 / member.weight
    load.open[member.name] = load.open.get(member.name, 0) + 1
    load.today[member.name] = load.today.get(member.name, 0) + 1


def share_names(option: Option) -> list[str]:
    """What of `Load.shares` the option asks for."""
    where = _where(option)
    return [where, *(f"{where}/{member.name}" for member in option.members)]


def _rank(option: Option, member: Member, load: Load) -> tuple[float, float]:
    start = _start(option, member, load)
    if option.share == "fewest_open":
        return float(load.open.get(member.name, 0)), start
    return start, load.shares.get(f"{_where(option)}/{member.name}", 0.0) + 1 / member.weight


def _start(option: Option, member: Member, load: Load) -> float:
    where = _where(option)
    return max(load.shares.get(where, 0.0), load.shares.get(f"{where}/{member.name}", 0.0))


def _where(option: Option) -> str:
    return f"{option.kind}:{option.target}"
