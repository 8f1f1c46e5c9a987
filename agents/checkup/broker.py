"""Why no broker answers, asked step by step: its name, its port, TLS, and who we are."""

import asyncio
import contextlib
import socket
import ssl

from agents.checkup.problem import Area, Problem
from agents.security.refusals import refused_by_kafka
from agents.settings import KafkaSecurity, Settings

WITHIN_S = 5.0
USUAL_PORT = 9092


async def why_unreachable(settings: Settings, late: bool) -> Problem:
    """One line: what is told by the first broker of the list at which something is found out."""
    here = settings.bootstrap
    told: tuple[str, str] | None = None
    for place in here.split(","):
        told = told or await _asked(settings.model_copy(update={"bootstrap": place.strip()}))
    if told is None:
        told = (
            f"answers too late at {here}" if late else f"no broker answers at {here}",
            "start one with `touchline stack`, or give the right --bootstrap",
        )
    return Problem(area=Area.KAFKA, what=told[0], next=told[1])


async def _asked(settings: Settings) -> tuple[str, str] | None:
    """What is wrong with one broker and what to do; None: nobody is there, or nothing is wrong with it."""
    host, _, port = settings.bootstrap.rpartition(":")
    number = int(port) if port.isdigit() else USUAL_PORT
    try:
        async with asyncio.timeout(WITHIN_S):
            _, writer = await asyncio.open_connection(host, number)
            writer.close()
    except socket.gaierror:
        return (
            f"{host} is no host that this machine knows",
            "give the right --bootstrap, or ask for its name in the DNS",
        )
    except (OSError, TimeoutError):
        return None
    by_tls = settings.kafka_speaks in (KafkaSecurity.TLS, KafkaSecurity.SASL_TLS)
    if not by_tls and await _speaks_tls(host, number):
        mend = "set TOUCHLINE_KAFKA_SECURITY=tls (or sasl_tls) and TOUCHLINE_KAFKA_CA"
        return f"{settings.bootstrap} speaks TLS, and we do not", mend
    refused = await refused_by_kafka(settings)
    if refused is None:
        return None
    what, _, mend = refused.sentence.partition(": ")
    return what, mend or "touchline config check"


async def _speaks_tls(host: str, port: int) -> bool:
    """With any certificate: only whether it would answer."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(WITHIN_S):
            _, writer = await asyncio.open_connection(host, port, ssl=anybody, server_hostname=host)
            writer.close()
            return True
    return False
