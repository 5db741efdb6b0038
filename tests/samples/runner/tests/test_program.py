import os
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

from boards import Jobs, job

from runner.cli import main


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.config = Path(folder.name, "runner.ini")

    def write(self, port):
        self.config.write_text(f"[runner]\nport = {port}\ninterval = 0.05\nnotify = none\n", encoding="utf-8")

    def start(self, *arguments):
        command = [sys.executable, "-m", "runner", str(self.config), *arguments]
        path = os.pathsep.join([str(Path(__file__).parents[1] / "src"), os.environ.get("PYTHONPATH", "")])
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})

    def test_it_ends_after_its_jobs(self):
        with Jobs(job("a", [sys.executable, "-c", "print(1)"])) as jobs:
            self.write(jobs.server_port)
            with self.start("--jobs", "1") as process:
                self.assertEqual(process.stdout.read().splitlines()[-1], "1 jobs")
            self.assertEqual(process.returncode, 0)
            self.assertEqual(jobs.results["a"]["output"], "1\n")

    def signalled(self, number):
        with Jobs() as jobs:
            self.write(jobs.server_port)
            with self.start() as process:
                port = process.stdout.readline().split()[-1]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
                    self.assertEqual(page.read(), b"{}")
                process.send_signal(number)
                return process.stdout.read(), process.wait()

    def test_it_ends_when_told(self):
        self.assertEqual(self.signalled(signal.SIGTERM), ("0 jobs\n", 0))

    def test_it_ends_when_interrupted(self):
        self.assertEqual(self.signalled(signal.SIGINT), ("", 130))

    def test_a_missing_file_is_told(self):
        self.assertEqual(main([str(self.config)]), 2)
