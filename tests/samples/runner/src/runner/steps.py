"""Running the steps of a job."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Result:
    status: str
    output: str = ""
    code: int = 0


@contextmanager
def scratch(job):
    with tempfile.TemporaryDirectory(prefix=f"job-{job['id']}-") as folder:
        yield folder


def run_job(job, timeout):
    """Runs the steps until one fails."""
    output = []
    with scratch(job) as folder:
        for command in job["steps"]:
            result = run_step(command, folder, timeout)
            output.append(result.output)
            if result.status != "ok":
                return Result(result.status, "".join(output), result.code)
    return Result("ok", "".join(output))


def run_step(command, folder, timeout):
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "JOB": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        return Result("timeout", (error.stdout or b"").decode() if isinstance(error.stdout, bytes) else "", -1)
    except OSError as error:
        return Result("error", f"{error}\n", 127)
    return Result("ok" if done.returncode == 0 else "failed", done.stdout, done.returncode)
