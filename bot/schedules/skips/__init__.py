"""Single runs that people leave out."""
