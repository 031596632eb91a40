"""What a call brings, and the error that it may end in."""
