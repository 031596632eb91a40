"""The further places of a run: each gets a message, and so a run, a pace, tries and an ending of its own."""
