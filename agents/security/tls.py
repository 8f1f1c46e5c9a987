"""TLS as the settings want it. Certificates that a platform renews on disk are read anew, while a worker runs."""

import os
import ssl
from functools import cache
from pathlib import Path
from typing import Any


class BadSecurity(ValueError):
    """Files or settings that no connection can be made with; the sentence says which, and what to do."""


class Renewed(ssl.SSLContext):
    """For clients; the next connection after a change of our certificate's file has the new one."""

    ours: tuple[Path, Path, str] | None = None
    """Certificate, key, the key's password."""
    read_at: tuple[int, int] = (0, 0)
    """Times of the two files when they were read."""

    def show(self, cert: Path, key: Path, password: str) -> None:
        """Present this certificate from now on."""
        self.ours, self.read_at = (cert, key, password), _times(cert, key)
        self.load_cert_chain(cert, key, lambda: password)

    def wrap_bio(self, *given: Any, **named: Any) -> ssl.SSLObject:
        """Asyncio calls it for each connection."""
        if self.ours is not None:
            cert, key, password = self.ours
            try:
                now = _times(cert, key)
                if now != self.read_at:
                    self.load_cert_chain(cert, key, lambda: password)
                    self.read_at = now
            except OSError:
                pass  # half written: the one we have serves until the next connection
        return super().wrap_bio(*given, **named)


def _times(cert: Path, key: Path) -> tuple[int, int]:
    return os.stat(cert).st_mtime_ns, os.stat(key).st_mtime_ns


@cache
def context(
    names: str, ca: Path | None, cert: Path | None = None, key: Path | None = None, password: str = "",
    check_hostname: bool = True,
) -> Renewed:  # fmt: skip
    """One for all clients of a process. `names`: what its settings are called, for a fault: `TOUCHLINE_KAFKA`."""
    made = Renewed(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = check_hostname
    try:
        if ca is None:
            made.load_default_certs()
        else:
            made.load_verify_locations(ca)
    except OSError as fault:
        raise BadSecurity(f"{names}_CA names {ca}, which {_why(fault, 'holds no certificate (PEM)')}") from None
    if cert is not None:
        key = cert if key is None else key
        try:
            made.show(cert, key, password)
        except OSError as fault:
            what = f"{names}_CERT names {cert} and {names}_KEY {key}"
            odd = "are no certificate and key (PEM) that belong together"
            if isinstance(fault, ssl.SSLError) and b"ENCRYPTED" in key.read_bytes():
                odd = f"do not open: the password is wrong or missing ({names}_KEY_PASSWORD)"
            raise BadSecurity(f"{what}, which {_why(fault, odd)}") from None
    return made


def _why(fault: OSError, odd: str) -> str:
    return odd if isinstance(fault, ssl.SSLError) else f"cannot be read: {fault.strerror or fault}"
