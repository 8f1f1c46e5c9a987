"""Runs a command's errand on Kafka and Redis, and turns what cannot be reached into one line."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, TypeVar

from agents.cli.terminal.voice import REFUSED, fail

if TYPE_CHECKING:
    from agents.settings import Settings

T = TypeVar("T")

TRY_KAFKA = (
    "Is it running, and is the address right? `touchline stack` starts one here; else give --bootstrap host:port."
)
TRY_REDIS = "Is it running, and is the address right? `touchline stack` starts one here; else give --redis URL."


def reach(settings: Settings, errand: Coroutine[object, object, T]) -> T:
    """The errand's result; an unreachable broker or Redis ends the command with exit code 1 and its address."""
    import asyncio
    import logging

    from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
    from redis.exceptions import ConnectionError as RedisUnreachable
    from redis.exceptions import RedisError
    from redis.exceptions import TimeoutError as RedisTimeout

    from agents.cli.terminal.rights import RightsMissing, with_rights
    from agents.people.policy_file import BadPolicy
    from agents.security.redis import redis_shown
    from agents.security.refusals import refused_by_kafka, refused_by_redis
    from agents.security.tls import BadSecurity
    from agents.topics.reader import MissingTopicError

    # The clients log each attempt; a person needs the one line below.
    logging.disable(logging.CRITICAL)
    try:
        return asyncio.run(with_rights(settings, errand))
    except RightsMissing as lines:
        fail(str(lines))
    except BadSecurity as bad:
        fail(str(bad), "`touchline config show` says where each setting comes from.", REFUSED)
    except (KafkaConnectionError, KafkaTimeoutError) as unreachable:
        if kept_out := asyncio.run(refused_by_kafka(settings)):
            fail(kept_out.sentence)
        fail(f"no Kafka broker answers at {settings.bootstrap} ({said(unreachable)})", TRY_KAFKA)
    except (RedisUnreachable, RedisTimeout) as unreachable:
        if why := refused_by_redis(unreachable, settings):
            fail(why)
        fail(f"no Redis answers at {redis_shown(settings)} ({said(unreachable)})", TRY_REDIS)
    except MissingTopicError as missing:
        fail(str(missing))
    except BadPolicy as refused:
        fail(f"no identity policy to go by\n{refused}", "", REFUSED)
    except KafkaError as refused:
        fail(f"Kafka at {settings.bootstrap} refused: {said(refused)}", "`touchline doctor` looks for the cause.")
    except RedisError as refused:
        if why := refused_by_redis(refused, settings):
            fail(why)
        fail(f"Redis at {redis_shown(settings)} refused: {said(refused)}", "`touchline doctor` may know why.")
    except TimeoutError:
        fail(f"Kafka at {settings.bootstrap} answered too late", "`touchline doctor` looks for the cause.")
    finally:
        logging.disable(logging.NOTSET)


def said(error: Exception) -> str:
    """An error in one line."""
    return " ".join(str(error).split()) or type(error).__name__
