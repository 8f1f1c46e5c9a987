"""The one place that turns settings into what a Redis client is made with."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from agents.settings import Settings


def redis_client(settings: Settings) -> dict[str, Any]:
    """Where it is, who we are, and whose certificates we trust; what a setting says wins over the URL."""
    url, parts = settings.redis, urlsplit(settings.redis)
    password = settings.redis_password.get_secret_value()
    said: dict[str, Any] = {}
    if password:
        # redis-py lets the URL win.
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        said = {"username": settings.redis_user or None, "password": password}
    if parts.scheme == "rediss":
        files = {
            "ssl_ca_certs": settings.redis_ca,
            "ssl_certfile": settings.redis_cert,
            "ssl_keyfile": settings.redis_key or settings.redis_cert,
        }
        said |= {name: str(path) for name, path in files.items() if path is not None}
        said["ssl_check_hostname"] = settings.redis_check_hostname
    return {"url": url, **said}


def redis_shown(settings: Settings) -> str:
    """Its address as it may be shown: nothing of who we are."""
    parts = urlsplit(settings.redis)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
