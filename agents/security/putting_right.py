"""What somebody must put right before a worker can go on, where a fault of Kafka or Redis means just that."""

import asyncio

from aiokafka.errors import KafkaError, SaslAuthenticationFailed

from agents.security.refusals import brief, causes, lacks_rights, refused_by_kafka, refused_by_redis
from agents.security.rights_held import lacking, told
from agents.security.tls import BadSecurity
from agents.security.tokens import TokenRefused
from agents.settings import Settings
from agents.topics.admin import connected
from streams.acls import of_step
from streams.topology import Step

ASK_WITHIN_S = 10.0


async def to_put_right(fault: BaseException, step: Step, settings: Settings) -> list[str]:
    """A sentence each, with the remedy; none: the fault is no refusal."""
    if why := refused_by_redis(fault, settings):
        return [why]
    known = [one for one in causes(fault) if isinstance(one, BadSecurity | SaslAuthenticationFailed | TokenRefused)]
    try:
        async with asyncio.timeout(ASK_WITHIN_S):
            if known:
                refused = await refused_by_kafka(settings)
                return [brief(known[0]) if refused is None else refused.sentence]
            if not lacks_rights(fault):
                return []
            async with connected(settings) as client:
                missing = told(await lacking(client, of_step(step, settings)), settings)
    except (KafkaError, TimeoutError):
        missing = []
    return missing or [f"Kafka refused for want of a right ({brief(fault)}): `touchline acls` prints those we need"]
