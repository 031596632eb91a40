"""Everything that the embedded QStash keeps in Redis."""
