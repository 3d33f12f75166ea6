"""What bench.py measures with: a network camera, viewers, the obvious design, and the sections of the report."""
