"""What the app says: its content, whom it notifies, and what comes back through a response_url."""
