"""The `claude` engine: a model edits a task's files in memory, and checks decide whether the result is handed in.

Only `engine`, `settings` and `prices` may be imported without need: `conversation` loads the SDK, which takes seconds.
"""
