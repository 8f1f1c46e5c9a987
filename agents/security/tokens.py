"""Access tokens for OAUTHBEARER: asked with client credentials, kept, and renewed before they run out."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError, KafkaError

from agents.security.tls import context

RENEW_AFTER = 0.8
"""Of a token's life: then a new one is asked for, and the old one serves while none is given."""
ASK_WITHIN_S = 10.0
USUAL_LIFE_S = 300.0
"""Of a token whose endpoint does not say."""


class TokenRefused(KafkaError):
    """The endpoint is there and says no: waiting would hide a wrong secret."""


class NoToken(KafkaConnectionError):
    """The endpoint is away."""


class _Granted(msgspec.Struct):
    """RFC 6749, section 5.1."""

    access_token: str
    expires_in: float = USUAL_LIFE_S


class _Denied(msgspec.Struct):
    """Section 5.2."""

    error: str = ""
    error_description: str = ""


class Tokens(AbstractTokenProvider):
    """One for all clients of a process."""

    def __init__(self, url: str, client: str, secret: str, scope: str = "", ca: Path | None = None) -> None:
        self.now_s: Callable[[], float] = time.monotonic
        """The clock that tokens run out by."""
        self._url, self._client, self._secret, self._scope, self._ca = url, client, secret, scope, ca
        self._token = ""
        self._renew_s = self._ends_s = 0.0

    def __repr__(self) -> str:
        return f"Tokens({self._url}, {self._client})"

    async def token(self) -> str:
        """One that is good for a while."""
        now_s = self.now_s()
        if now_s < self._renew_s:
            return self._token
        try:
            granted = await self._asked()
        except NoToken:
            if now_s < self._ends_s:
                return self._token
            raise
        self._token = granted.access_token
        self._renew_s = now_s + granted.expires_in * RENEW_AFTER
        self._ends_s = now_s + granted.expires_in
        return self._token

    @property
    def subject(self) -> str:
        """Whom the last token is about, which is who we are to a broker; empty: not known."""
        try:
            body = self._token.split(".")[1]
            told = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=dict[str, Any])
        except (IndexError, ValueError):
            return ""
        return str(told.get("sub", ""))

    async def _asked(self) -> _Granted:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        name = f"{self._client}:{self._secret}".encode()
        headers = {"Accept": "application/json", "Authorization": f"Basic {base64.b64encode(name).decode()}"}
        secure = context("TOUCHLINE_KAFKA_TOKEN", self._ca) if self._url.startswith("https:") else True
        try:
            async with (
                # A session of its own: workers ask from several threads, each with a loop of its own.
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ASK_WITHIN_S)) as session,
                session.post(self._url, data=form, ssl=secure, headers=headers, allow_redirects=False) as answer,
            ):
                body = await answer.read()
        except aiohttp.ClientConnectorCertificateError as fault:
            told = f"{fault.certificate_error}".partition(" (_ssl.c")[0]
            raise TokenRefused(f"the token endpoint {self._url} is not trusted ({told})") from None
        except (aiohttp.ClientError, TimeoutError) as fault:
            why = " ".join(str(fault).split()) or type(fault).__name__
            raise NoToken(f"the token endpoint {self._url} does not answer ({why})") from None
        if answer.status >= 500:
            raise NoToken(f"the token endpoint {self._url} answers {answer.status}")
        try:
            if answer.status != 200:
                raise TokenRefused(
                    f"the token endpoint {self._url} refuses {self._client}: {_told(answer.status, body)}"
                )
            return msgspec.json.decode(body, type=_Granted, strict=False)
        except msgspec.MsgspecError:
            raise TokenRefused(f"the token endpoint {self._url} answers {answer.status} without a token") from None


def _told(status: int, body: bytes) -> str:
    try:
        denied = msgspec.json.decode(body, type=_Denied)
    except msgspec.MsgspecError:
        return f"{status}"
    return " ".join(f"{status} {denied.error} {denied.error_description}".split())[:200]
