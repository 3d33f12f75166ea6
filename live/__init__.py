"""One running camera for everybody who watches."""
