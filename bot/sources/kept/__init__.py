"""What Redis keeps of links: what was read, and the items of feeds that were seen."""
