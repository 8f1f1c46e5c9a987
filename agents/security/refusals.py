"""Says in one sentence why Kafka or Redis does not want us, with what to do about it."""

import ssl
from collections.abc import Iterator

from aiokafka.conn import create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)
from msgspec import Struct
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError

from agents.security.kafka import secured
from agents.security.tls import BadSecurity
from agents.security.tokens import NoToken, TokenRefused
from agents.settings import KafkaMechanism, KafkaSecurity, Settings

ANSWER_WITHIN_MS = 5_000
RIGHTS = (TopicAuthorizationFailedError, GroupAuthorizationFailedError, ClusterAuthorizationFailedError)
"""We are known, and may not."""


def causes(fault: BaseException | None) -> Iterator[BaseException]:
    """A fault and what it came from."""
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        yield fault
        fault = fault.__cause__ or fault.__context__


def lacks_rights(fault: BaseException) -> bool:
    """A broker knows us, and refused for want of a right."""
    return any(isinstance(one, RIGHTS) for one in causes(fault))


class Refused(Struct, frozen=True):
    """Why a broker does not let us in."""

    sentence: str
    sure: bool = True
    """It says so itself; else a broker that is just starting or stopping may do the same."""


async def refused_by_kafka(settings: Settings) -> Refused | None:
    """Asks each broker once why a client could not connect; None: they are away, and waiting is right."""
    try:
        security = secured(settings)
    except BadSecurity as fault:
        return Refused(str(fault))
    for host in settings.bootstrap.split(","):
        name, _, port = host.strip().rpartition(":")
        try:
            line = await create_conn(name, int(port), request_timeout_ms=ANSWER_WITHIN_MS, **security)
        except (KafkaError, OSError, ValueError) as fault:
            if why := _why(fault, settings):
                sure = not isinstance(fault, KafkaConnectionError | ConnectionResetError)
                return Refused(f"Kafka at {host.strip()} {why}", sure)
        else:
            line.close()
            return None
    return None


def _why(fault: BaseException, settings: Settings) -> str:
    """Goes on after the address; empty: it is away."""
    hung_up = isinstance(fault, KafkaConnectionError) and "closed" in str(fault).lower()
    by_tls = settings.kafka_speaks in (KafkaSecurity.TLS, KafkaSecurity.SASL_TLS)
    match fault:
        case ssl.SSLCertVerificationError():
            return f"{distrusted(fault)}: TOUCHLINE_KAFKA_CA names the certificates that sign it"
        case ssl.SSLError() | ConnectionResetError() if by_tls:
            return f"breaks off TLS ({brief(fault)}): is this its TLS port, and does it want TOUCHLINE_KAFKA_CERT?"
        case SaslAuthenticationFailed() if settings.kafka_says_who is KafkaMechanism.OAUTHBEARER:
            return "refuses our token: TOUCHLINE_KAFKA_TOKEN_* say where it comes from, the broker whose it takes"
        case SaslAuthenticationFailed():
            return f"refuses user {settings.kafka_user}: TOUCHLINE_KAFKA_USER or TOUCHLINE_KAFKA_PASSWORD is wrong"
        case UnsupportedSaslMechanismError():
            return f"knows no {settings.kafka_says_who}: TOUCHLINE_KAFKA_MECHANISM names one of its own"
        case IllegalSaslStateError():
            return "asks nobody's name on this port: TOUCHLINE_KAFKA_SECURITY is tls or plaintext there"
        case TokenRefused():
            return f"was not asked: {fault}. TOUCHLINE_KAFKA_TOKEN_CLIENT, _SECRET and _SCOPE say who asks"
        case NoToken():
            return f"was not asked: {fault}"
        case KafkaConnectionError() if hung_up and by_tls:
            return "hangs up: does it want a certificate of ours, and trust this one? TOUCHLINE_KAFKA_CERT names it"
        case KafkaConnectionError() if hung_up:
            return "hangs up: does it want TLS or a user? TOUCHLINE_KAFKA_SECURITY says how it is spoken to"
    return ""


def refused_by_redis(fault: BaseException, settings: Settings) -> str:
    """One sentence if Redis, or its certificate, is why; empty: it is something else."""
    for one in causes(fault):
        match one:
            case ssl.SSLCertVerificationError():
                return f"Redis {distrusted(one)}: TOUCHLINE_REDIS_CA names the certificates that sign it"
            case NoPermissionError():
                return f"Redis: {brief(one)}. `touchline acls --format redis` prints what its user needs"
            case AuthenticationError() | AuthorizationError():
                who = f"user {settings.redis_user}" if settings.redis_user else "us"
                return f"Redis refuses {who} ({brief(one)}): TOUCHLINE_REDIS_USER or TOUCHLINE_REDIS_PASSWORD is wrong"
    return ""


def distrusted(fault: ssl.SSLCertVerificationError) -> str:
    """Whose certificate does not do, and why."""
    return f"shows a certificate we do not trust ({fault.verify_message})"


def brief(fault: BaseException) -> str:
    """An error's words, on one line, without where in a library they were said."""
    said = " ".join(str(fault).split()).partition(" (_ssl.c")[0]
    return said or type(fault).__name__
