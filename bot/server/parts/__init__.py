"""What the process is wired from: the ground, and on it the surface, the road of runs, and the chores."""
