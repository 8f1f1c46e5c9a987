"""Whom a command is about: a lead's id, or an identity as a person writes it."""


def split(who: str) -> tuple[str, str]:
    """Namespace and value; a CRM's namespace has a colon of its own. No namespace: a lead id."""
    namespace, colon, value = who.partition(":")
    if namespace == "crm":
        system, _, value = value.partition(":")
        namespace = f"crm:{system}"
    return (namespace, value) if colon else ("lead", who)
