"""Recordings and pictures: recognised by their content, decoded in the child, told of as values."""
