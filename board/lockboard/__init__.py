"""The task board: tasks, locks, leases, landing and undo in a directory, for many processes at once."""
