"""What people do: type, click, choose, submit."""
