"""What was used: the month's counts, `/precache stats` in words, and its picture."""
