"""Precache beside others: the same requests from the same generator, in turns, in one run."""
