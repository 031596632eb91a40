"""QStash as we reach it: what is published, its errors in our words, and the HTTP below its client."""
