"""Reviews: reviewers see what a run would post, and their decision is kept for its slot."""
