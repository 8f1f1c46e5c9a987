"""One address cannot take the intake from the others, and nobody passes for another."""

from ipaddress import ip_network

from agents.intake.pace import MOST_ADDRESSES, Pace, client_address

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_an_address_gets_two_seconds_worth_at_once_and_then_its_rate() -> None:
    clock = Hand()
    pace = Pace(5, clock)

    assert [True] * 10 + [False] == [pace.takes("a") for _ in range(11)]
    clock.s += 1.0
    assert [True] * 5 + [False] == [pace.takes("a") for _ in range(6)]
    assert pace.takes("b")


def test_a_refusal_costs_nothing() -> None:
    clock = Hand()
    pace = Pace(1, clock)
    assert [True, True, False, False] == [pace.takes("a") for _ in range(4)]

    clock.s += 1.0
    assert pace.takes("a")


def test_looking_takes_no_token() -> None:
    pace = Pace(0.5, Hand())
    assert [False] * 3 == [pace.spent("a") for _ in range(3)]
    assert pace.takes("a")
    assert pace.spent("a")


def test_no_rate_is_no_limit() -> None:
    pace = Pace(0)
    assert all(pace.takes("a") for _ in range(1_000))
    assert not pace.spent("a")


def test_a_million_addresses_take_the_memory_of_ten_thousand() -> None:
    pace = Pace(1, Hand())
    for number in range(MOST_ADDRESSES + 500):
        pace.takes(str(number))

    assert MOST_ADDRESSES == len(pace._left)
    assert "0" not in pace._left


def test_behind_our_proxies_the_client_is_whom_the_outermost_of_them_saw() -> None:
    assert "10.1.1.1" == client_address("10.1.1.1", "", PROXIES)
    assert "203.0.113.9" == client_address("10.1.1.1", "203.0.113.9", PROXIES)
    assert "203.0.113.9" == client_address("10.1.1.1", "198.51.100.7, 203.0.113.9, 10.2.2.2", PROXIES)
    assert "2001:db8::1" == client_address("fd00::1", "2001:db8::1", PROXIES)


def test_a_stranger_who_names_another_address_stays_who_they_are() -> None:
    assert "198.51.100.7" == client_address("198.51.100.7", "203.0.113.9", PROXIES)
    assert "10.1.1.1" == client_address("10.1.1.1", "nonsense", PROXIES)
    assert "10.1.1.1" == client_address("10.1.1.1", "203.0.113.9", ())
