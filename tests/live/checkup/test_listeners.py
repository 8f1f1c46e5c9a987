"""Why a broker does not let us in: TLS that does not fit, on either side; a listener that asks for a login."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from agents.checkup.broker import why_unreachable
from agents.settings import KafkaSecurity, Settings
from deploy.local.ports import free_port

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that signs itself, for another host than ours, with its key beside it."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    key = path.with_name("key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(path), "-days",
         "1", "-subj", "/CN=broker.example", "-addext", "subjectAltName=DNS:broker.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


@pytest.fixture
async def tls(certificate: Path) -> AsyncIterator[str]:
    """A listener that speaks TLS and takes what comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1_000):
            pass
        writer.close()

    port = free_port()
    server = await asyncio.start_server(take, "127.0.0.1", port, ssl=context)
    yield f"127.0.0.1:{port}"
    server.close()


async def test_nobody_there_is_told_with_how_to_start_one() -> None:
    problem = await why_unreachable(Settings(bootstrap="127.0.0.1:1"), late=False)

    assert "no broker answers at 127.0.0.1:1" == problem.what
    assert "touchline stack" in problem.next


async def test_a_name_that_is_none_is_told() -> None:
    problem = await why_unreachable(Settings(bootstrap="kafka.invalid:9092"), late=False)

    assert "kafka.invalid is no host that this machine knows" == problem.what


async def test_a_certificate_that_nobody_trusts_is_told(tls: str) -> None:
    problem = await why_unreachable(Settings(bootstrap=tls, kafka_security=KafkaSecurity.TLS), late=False)

    assert f"Kafka at {tls} shows a certificate we do not trust (self-signed certificate)" == problem.what
    assert "TOUCHLINE_KAFKA_CA" in problem.next


async def test_a_certificate_of_another_host_is_told(tls: str, certificate: Path) -> None:
    with_ca = Settings(bootstrap=tls, kafka_security=KafkaSecurity.TLS, kafka_ca=certificate)
    problem = await why_unreachable(with_ca, late=False)

    assert problem.what.startswith(f"Kafka at {tls} shows a certificate we do not trust (IP address mismatch")


async def test_a_broker_that_speaks_tls_to_whom_does_not_is_told(tls: str) -> None:
    problem = await why_unreachable(Settings(bootstrap=tls), late=False)

    assert f"{tls} speaks TLS, and we do not" == problem.what
    assert "TOUCHLINE_KAFKA_SECURITY=tls" in problem.next


async def test_a_broker_that_speaks_no_tls_is_told(well: Settings) -> None:
    problem = await why_unreachable(well.model_copy(update={"kafka_security": KafkaSecurity.TLS}), late=False)

    assert problem.what.startswith(f"Kafka at {well.bootstrap} ")
    assert "TOUCHLINE_KAFKA_CERT" in problem.next


async def test_a_listener_without_a_login_is_told_to_whom_brings_one(well: Settings) -> None:
    login = {"kafka_security": "sasl_plaintext", "kafka_user": "u", "kafka_password": SecretStr("hush")}
    problem = await why_unreachable(Settings.model_validate({"bootstrap": well.bootstrap} | login), late=False)

    assert problem.what.startswith(f"Kafka at {well.bootstrap} ")
    assert "TOUCHLINE_KAFKA_SECURITY" in problem.next
    assert "hush" not in problem.what + problem.next
