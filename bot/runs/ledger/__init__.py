"""The fate of each run in Redis: the steps that write it, and the scripts that they are."""
