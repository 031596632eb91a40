"""The words of a command made plain: phrases with their variants, courtesy, and slips of the finger; pure."""
