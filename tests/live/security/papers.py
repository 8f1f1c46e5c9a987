"""Certificates of a small authority, and an issuer of tokens: made anew for each run."""

import base64
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
PEM = serialization.Encoding.PEM


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """Signs certificates into a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._name, self._key = folder, _name(name), ec.generate_private_key(ec.SECP256R1())
        self.ca = folder / f"{name}.pem"
        own = self._builder(self._name, self._key.public_key())
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.ca.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(PEM))

    def sign(self, common: str, password: str = "", address: str = HOST) -> Path:
        """A certificate and its key in one file; with a password the key is encrypted."""
        key = ec.generate_private_key(ec.SECP256R1())
        known = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        signed = self._builder(_name(common), key.public_key()).add_extension(known, critical=False)
        kept = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        path = self.folder / f"{common}.pem"
        path.write_bytes(
            key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, kept)
            + signed.sign(self._key, hashes.SHA256()).public_bytes(PEM)
        )
        return path

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + timedelta(days=2))
        )  # fmt: skip


class Issuer:
    """A token endpoint and the keys to check its tokens with, on a port of this machine."""

    AUDIENCE = "kafka"

    def __init__(self, clients: dict[str, str]) -> None:
        """`clients`: secrets by client id."""
        self.clients, self.asked, self.life_s, self.away = clients, 0, 300, False
        self._key = rsa.generate_private_key(65537, 2048)
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Of the server."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> "Issuer":
        """Listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def keys(self) -> bytes:
        """The JWKS."""
        numbers = self._key.public_key().public_numbers()
        n, e = (_b64(i.to_bytes((i.bit_length() + 7) // 8)) for i in (numbers.n, numbers.e))
        return json.dumps({"keys": [{"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": n, "e": e}]}).encode()

    def grant(self, header: str, form: dict[str, list[str]]) -> tuple[int, bytes]:
        """Answer a request for a token."""
        self.asked += 1
        if self.away:
            return 503, b""
        client, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        if self.clients.get(client) != secret or form.get("grant_type") != ["client_credentials"]:
            return 401, json.dumps({"error": "invalid_client", "error_description": "Unknown client."}).encode()
        now = int(time.time())
        claims = {
            "sub": client, "aud": self.AUDIENCE, "iat": now, "exp": now + self.life_s,
            "scope": " ".join(form.get("scope", ["kafka"])),
        }  # fmt: skip
        signed = b".".join(_b64(json.dumps(part).encode()).encode() for part in ({"alg": "RS256", "kid": "1"}, claims))
        token = signed + b"." + _b64(self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).encode()
        answer = {"access_token": token.decode(), "token_type": "Bearer", "expires_in": self.life_s}
        return 200, json.dumps(answer).encode()


def _b64(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def _handler(issuer: Issuer) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, issuer.keys())

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer(*issuer.grant(self.headers.get("Authorization", ""), form))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody listens."""

    return Handler
