"""Files: on their way in, kept, and on their way out."""
