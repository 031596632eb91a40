"""QStash's HTTP API."""
