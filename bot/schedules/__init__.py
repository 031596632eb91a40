"""schedules_."""
