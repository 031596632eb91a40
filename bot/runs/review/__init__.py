"""Looked at first: what a run would post is shown to reviewers, and their decision is kept for its slot."""
