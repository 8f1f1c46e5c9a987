"""What our user in Redis may do: commands and names, as lines of Redis' own access list."""

from collections.abc import Iterable

from agents.redis.keys import RedisKeys

STRINGS = ("get", "mget", "set", "incr", "del", "unlink", "exists", "expire", "pexpire", "persist", "scan")
HASHES = ("hget", "hmget", "hgetall", "hkeys", "hvals", "hset", "hsetnx", "hincrby", "hdel", "hexists")
LISTS = ("lpush", "ltrim", "lrange", "llen")
SETS = ("sadd", "scard", "sismember", "smembers")
SORTED = ("zadd", "zrem", "zcard", "zrange", "zrevrange")
SCRIPTS = ("eval", "evalsha", "script|load", "time")
CONNECTION = ("ping", "info", "select", "multi", "exec")
COMMANDS = (*STRINGS, *HASHES, *LISTS, *SETS, *SORTED, *SCRIPTS, *CONNECTION)
"""All that the stages and the commands of operators use; none of them reaches beyond our own names."""


def rules_of(prefix: str) -> list[str]:
    """Words of an access list, after the user's name and password."""
    return [f"~{RedisKeys(prefix).everything}*", *(f"+{name}" for name in COMMANDS)]


def set_user(user: str, prefix: str, commands: Iterable[str] = COMMANDS) -> str:
    """The command that makes the user; whoever runs it puts the password in."""
    allowed = " ".join(f"+{name}" for name in commands)
    return f"ACL SETUSER {user} on >PASSWORD resetkeys resetchannels -@all ~{RedisKeys(prefix).everything}* {allowed}"
