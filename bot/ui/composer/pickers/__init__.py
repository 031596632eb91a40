"""Pickers beside the words about time."""
