"""What the history of a schedule keeps."""
