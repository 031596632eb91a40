"""The page's protocol: what a person sees and does."""
