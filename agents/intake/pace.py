"""How fast one address may ask: a bucket of tokens for each, in memory that does not grow with their number."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address

Networks = tuple[IPv4Network | IPv6Network, ...]

MOST_ADDRESSES = 10_000
"""Remembered; the one that was longest silent is forgotten, which refills its bucket."""
BURST_S = 2.0
"""An address that was silent may send so many seconds' worth at once."""


class Pace:
    """Token buckets by address: `per_s` tokens a second, twice as many at once. 0 a second: no limit."""

    def __init__(self, per_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._most = max(1.0, per_s * BURST_S)
        self._now_s = now_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By address: tokens left, and when they were counted."""

    def takes(self, address: str) -> bool:
        """Take a token; False: none is left."""
        if not self._per_s:
            return True
        now_s = self._now_s()
        left = self._filled(address, now_s)
        if left < 1.0:
            self._keep(address, left, now_s)
            return False
        self._keep(address, left - 1.0, now_s)
        return True

    def spent(self, address: str) -> bool:
        """Is none left? Takes nothing."""
        return bool(self._per_s) and self._filled(address, self._now_s()) < 1.0

    def _filled(self, address: str, now_s: float) -> float:
        left, counted_s = self._left.get(address, (self._most, now_s))
        return min(self._most, left + (now_s - counted_s) * self._per_s)

    def _keep(self, address: str, left: float, now_s: float) -> None:
        self._left[address] = left, now_s
        self._left.move_to_end(address)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)


def client_address(peer: str, forwarded_for: str, proxies: Networks) -> str:
    """Who asks: the peer, or, behind proxies of ours, the last address they name that is none of them.

    Only what our own proxies appended to `X-Forwarded-For` is believed: the rest anybody may have written.
    """
    address = peer
    for said in reversed(forwarded_for.split(",")):
        if not _within(address, proxies) or not _is_address(said.strip()):
            return address
        address = said.strip()
    return address


def _within(address: str, networks: Networks) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
