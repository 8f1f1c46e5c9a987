"""Why no broker answers: nobody there, TLS that does not fit, or a name and password that are refused."""

import asyncio
import socket
import ssl

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError

from agents.checkup.problem import Area, Problem, one_line
from agents.security.kafka import secured
from agents.settings import KafkaSecurity, Settings

WITHIN_S = 5.0
USUAL_PORT = 9092


async def why_unreachable(settings: Settings, late: bool) -> Problem:
    """One line: what is told by the first broker of the list at which something is found out."""
    here = settings.bootstrap
    told: tuple[str, str] | None = None
    for place in here.split(","):
        host, _, port = place.strip().rpartition(":")
        told = told or await _asked(settings, host or place.strip(), int(port) if port.isdigit() else USUAL_PORT)
    if told is None:
        what = f"answers too late at {here}" if late else f"no broker answers at {here}"
        return Problem(
            area=Area.KAFKA, what=what, next="start one with `touchline stack`, or give the right --bootstrap"
        )
    return Problem(area=Area.KAFKA, what=told[0], next=told[1])


async def _asked(settings: Settings, host: str, port: int) -> tuple[str, str] | None:
    """What is wrong and what to do; None: nobody is there, or nothing is wrong with it."""
    try:
        async with asyncio.timeout(WITHIN_S):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
    except socket.gaierror:
        return (
            f"{host} is no host that this machine knows",
            "give the right --bootstrap, or ask for its name in the DNS",
        )
    except (OSError, TimeoutError):
        return None
    wants_tls = settings.kafka_speaks in (KafkaSecurity.TLS, KafkaSecurity.SASL_TLS)
    if wants_tls:
        return await _tls(settings, host, port) or await _login(settings, host, port)
    if await _speaks_tls(host, port):
        mend = "set TOUCHLINE_KAFKA_SECURITY=tls (or sasl_tls) and TOUCHLINE_KAFKA_CA"
        return f"{host}:{port} speaks TLS, and we do not", mend
    return await _login(settings, host, port)


async def _tls(settings: Settings, host: str, port: int) -> tuple[str, str] | None:
    try:
        await _handshake(secured(settings)["ssl_context"], host, port)
    except ssl.SSLCertVerificationError as bad:
        told = bad.verify_message or one_line(bad)
        mend = {
            10: "renew the brokers' certificate",
            62: "call the brokers by a name in their certificate: --bootstrap",
        }.get(bad.verify_code, "set TOUCHLINE_KAFKA_CA to the certificates (PEM) that sign the brokers'")
        return f"the certificate of {host}:{port} is not trusted ({told})", mend
    except ssl.SSLError as bad:
        if "WRONG_VERSION" in str(bad) or "RECORD_LAYER" in str(bad):
            return f"{host}:{port} speaks no TLS", "give the port of its TLS listener: --bootstrap"
        mend = "set TOUCHLINE_KAFKA_CERT and TOUCHLINE_KAFKA_KEY to a certificate that the brokers trust"
        return f"{host}:{port} ends the TLS handshake ({bad.reason or one_line(bad)})", mend
    except (OSError, TimeoutError):
        return f"{host}:{port} speaks no TLS", "give the port of its TLS listener: --bootstrap"
    return None


async def _speaks_tls(host: str, port: int) -> bool:
    """With any certificate: only whether it would answer."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        await _handshake(anybody, host, port)
    except (OSError, TimeoutError):
        return False
    return True


async def _handshake(context: ssl.SSLContext, host: str, port: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
        try:
            # With TLS 1.3 a broker that refuses our certificate says so after the handshake.
            async with asyncio.timeout(0.3):
                await reader.read(1)
        except TimeoutError:
            pass
        finally:
            writer.close()


async def _login(settings: Settings, host: str, port: int) -> tuple[str, str] | None:
    says = secured(settings)
    try:
        async with asyncio.timeout(WITHIN_S):
            connection = await create_conn(host, port, request_timeout_ms=int(WITHIN_S * 1000), **says)
            connection.close()
    except (KafkaConnectionError, TimeoutError) as fault:
        if isinstance(fault, TimeoutError) or "sasl_mechanism" in says:
            return f"{host}:{port} ends the login ({one_line(fault)})", "is it the port of a SASL listener? --bootstrap"
        return None
    except KafkaError as refused:
        who = f"{settings.kafka_user or settings.kafka_token_client}"
        mend = "set TOUCHLINE_KAFKA_USER and TOUCHLINE_KAFKA_PASSWORD (or _FILE), as the brokers know them"
        return f"{host}:{port} refuses {who} by {settings.kafka_says_who} ({one_line(refused)})", mend
    if "sasl_mechanism" not in says:
        return (
            f"{host}:{port} takes connections, and answers nothing",
            "does it ask for a login? TOUCHLINE_KAFKA_SECURITY",
        )
    return None
