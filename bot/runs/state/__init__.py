"""A run as values: its claim, what is known of it, what keeps it from its answer, and how it ended; pure."""
