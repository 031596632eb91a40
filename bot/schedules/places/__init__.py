"""Places by the names that people give them."""
