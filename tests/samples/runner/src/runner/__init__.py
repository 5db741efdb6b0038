"""Runs jobs."""

from runner.service import Service as Service
