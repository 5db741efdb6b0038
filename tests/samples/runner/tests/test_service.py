import sys
import threading
import unittest

from boards import Jobs, job

from runner import Service
from runner.board import Board, BoardError, wait_until_up
from runner.config import Config
from runner.steps import run_step

PYTHON = sys.executable
HELLO = [PYTHON, "-c", "print('hello')"]
FAIL = [PYTHON, "-c", "raise SystemExit(3)"]


def service_for(jobs, **settings):
    return Service(Config("127.0.0.1", jobs.server_port, 0.05, **settings))


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.jobs = Jobs(job("a", HELLO, HELLO), job("b", HELLO, FAIL, HELLO), job("c", ["/no/such/program"]))
        self.jobs.__enter__()
        self.addCleanup(self.jobs.__exit__)

    def test_jobs_are_run_and_reported(self):
        service = service_for(self.jobs)
        self.assertEqual(service.serve(3), 3)
        self.assertEqual(self.jobs.results["a"], {"status": "ok", "output": "hello\nhello\n", "code": 0})
        self.assertEqual(self.jobs.results["b"], {"status": "failed", "output": "hello\n", "code": 3})
        self.assertEqual(self.jobs.results["c"]["status"], "error")
        self.assertEqual(service.statistics.snapshot(), {"ok": 1, "failed": 1, "error": 1})

    def test_it_can_be_stopped(self):
        service = service_for(self.jobs)
        threading.Timer(1.0, service.stop).start()
        self.assertEqual(service.serve(), 3)

    def test_a_broken_connection_is_opened_again(self):
        self.jobs.rude = 2
        with Board("127.0.0.1", self.jobs.server_port) as board:
            self.assertEqual(board.next_job()["id"], "a")

    def test_a_board_that_never_answers(self):
        self.jobs.rude = 100
        with Board("127.0.0.1", self.jobs.server_port) as board:
            with self.assertRaises(BoardError):
                board.next_job()

    def test_who_wants_to_know_is_told(self):
        hook = f"http://127.0.0.1:{self.jobs.server_port}/told"
        self.jobs.jobs = [job("d", HELLO, hook=hook)]
        service_for(self.jobs, notify="http").serve(1)
        self.assertEqual(self.jobs.told, ["/told?d=ok"])


class StepTest(unittest.TestCase):
    def test_what_takes_too_long_is_ended(self):
        result = run_step([PYTHON, "-c", "import time; time.sleep(60)"], ".", 0.2)
        self.assertEqual((result.status, result.code), ("timeout", -1))

    def test_nobody_listens(self):
        with self.assertRaisesRegex(BoardError, "nobody listens on 127.0.0.1:9"):
            wait_until_up("127.0.0.1", 9, 0.1)
