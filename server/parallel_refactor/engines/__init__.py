"""Engines: contents and instructions in, contents out. They see neither the board nor the disk."""
