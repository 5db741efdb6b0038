"""Parallel Refactor: change a whole workspace with many worker processes, while people keep typing in it."""
