"""Planning: which files, which tasks, in what order."""
