"""commands_."""
