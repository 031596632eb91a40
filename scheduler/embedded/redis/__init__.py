"""A Redis for this machine."""
