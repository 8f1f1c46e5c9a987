"""The same for Faust, which makes its clients itself. Apart, because commands do without Faust: it loads slowly."""

from faust.auth import Credentials, OAuthCredentials, SASLCredentials, SSLCredentials

from agents.security.kafka import secured
from agents.security.tls import Renewed
from agents.settings import Settings


def credentials(settings: Settings) -> Credentials | None:
    """How Faust's clients encrypt and say who they are; None: not at all."""
    said = secured(settings)
    tls: Renewed | None = said.get("ssl_context")
    match said.get("sasl_mechanism"):
        case None:
            return None if tls is None else SSLCredentials(tls)
        case "OAUTHBEARER":
            return OAuthCredentials(oauth_cb=said["sasl_oauth_token_provider"], ssl_context=tls)
        case mechanism:
            return SASLCredentials(
                username=said["sasl_plain_username"], password=said["sasl_plain_password"], mechanism=mechanism,
                ssl_context=tls,
            )  # fmt: skip
