"""Running: the supervisor of a run, its worker processes, and what they share."""
