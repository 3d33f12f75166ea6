"""How it is shown: streams, JSON, and who may look."""
