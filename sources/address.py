"""Addresses of network cameras, as they may be shown."""


def without_password(address: str) -> str:
    """Without name, password and query, where many cameras take theirs; whatever is no address stays as it is."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    host, slash, path = rest.partition("/")
    return scheme + separator + (host.rpartition("@")[2] + slash + path).partition("?")[0]
