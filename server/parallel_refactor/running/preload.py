"""What every worker needs: loaded once, in the process that workers are forked from, and not by each of them."""

from __future__ import annotations

from parallel_refactor.running import request, worker

__all__ = ["worker"]

request.prepare()
