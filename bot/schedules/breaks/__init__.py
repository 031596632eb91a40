"""The acts of people that leave runs out."""
