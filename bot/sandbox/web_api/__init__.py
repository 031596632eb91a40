"""The Web API: who asks, which method, what it answers."""
