"""Finds what is due, delivers it and settles what follows."""
