"""What changes a schedule: the acts of people, its way to QStash, and upkeep that nobody asks for."""
