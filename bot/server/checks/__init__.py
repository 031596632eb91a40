"""Questions to each service at the start: one small function for each, which returns findings."""
