"""One running camera, shared by all viewers."""
