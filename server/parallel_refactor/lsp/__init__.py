"""The language server: who holds what, shown where people look, and people's unsaved text as locks."""
