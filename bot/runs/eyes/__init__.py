"""The readers of a run: a source is shown only where its readers are, or where one of them has agreed."""
