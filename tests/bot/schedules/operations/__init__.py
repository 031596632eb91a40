"""Operations on schedules against a simple model of what they do."""
