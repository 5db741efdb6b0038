"""Deliberate bugs of the board: what is broken in which file, and the test that must notice it."""

from __future__ import annotations

from attrs import frozen

from tests.house.repository import ROOT


@frozen
class Bug:
    """What is broken, in which file of the board, by which replacement, and the test that notices."""

    name: str
    file: str
    right: str
    wrong: str
    test: str

    def place(self) -> str:
        """Give the source that has it."""
        return (ROOT / "board/lockboard" / self.file).read_text(encoding="utf-8")


_DEATHS = "tests/board/test_faults.py::test_a_death_at_any_step_leaves_a_board_that_goes_on"
_STOPS = "tests/board/test_stops.py::test_who_hangs_at_any_step_does_no_harm_on_waking"
_POWER = "tests/faults/test_power.py::test_no_power_loss_costs_a_byte"
_CLAIMS, _LANDING, _DISK, _FAULTS = (f"tests/board/test_{name}.py" for name in ("claims", "landing", "disk", "faults"))

BUGS = (
    Bug(
        "the token is not checked when a task is handed in",
        "board.py",
        "task.state is TaskState.CLAIMED and task.token == claim.token",
        "task.state is TaskState.CLAIMED",
        f"{_CLAIMS}::test_a_stale_token_is_refused_everywhere",
    ),
    Bug(
        "a task is claimed although somebody has one of its files",
        "state.py",
        "            if lock and not (lock.run == run.id",
        "            if lock and path == task.spec.files[0] and not (lock.run == run.id",
        f"{_CLAIMS}::test_two_processes_never_own_one_file",
    ),
    Bug(
        "a claim does not look at people's holds",
        "state.py",
        "            if self.holds.get(self.fold(path)):\n",
        "            if False:\n",
        f"{_CLAIMS}::test_a_hold_keeps_workers_and_landings_out",
    ),
    Bug(
        "a landing does not look at people's holds",
        "landing.py",
        "            elif held:\n",
        "            elif False:\n",
        f"{_CLAIMS}::test_a_hold_keeps_workers_and_landings_out",
    ),
    Bug(
        "a task gets one more file although somebody has it",
        "board.py",
        "            if obstacle := self._obstacle(claim.run, path):\n",
        "            if (obstacle := self._obstacle(claim.run, path)) and False:\n",
        f"{_CLAIMS}::test_one_more_file_is_had_at_once_or_not_at_all",
    ),
    Bug(
        "the critical section lets two in",
        "mutex.py",
        "fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        "tests/board/test_mutex.py::test_one_at_a_time_and_nobody_for_long",
    ),
    Bug(
        "a line with a wrong checksum is accepted",
        "entries.py",
        'if raw[:9] != b"%08x " % zlib.crc32(text):',
        'if raw[8:9] != b" ":',
        "tests/board/test_log.py::test_a_line_that_was_altered_is_refused",
    ),
    Bug(
        "a torn last line keeps everybody out",
        "log.py",
        "if not self._any_good_line(self.offset + len(raw) + 1):",
        "if not raw:",
        f"{_DISK}::test_a_torn_last_line_is_dropped",
    ),
    Bug(
        "contents are written after the line that names them",
        "board.py",
        """        if any(change.changed for change in submission.files):
            staging.stage(self.layout.exchange(claim.run, claim.task.id, claim.token), submission, contents)
        with self._current(claim) as write:
            write(e.Submitted(claim.run, claim.task.id, claim.token, submission, doubt))
""",
        """        with self._current(claim) as write:
            write(e.Submitted(claim.run, claim.task.id, claim.token, submission, doubt))
        if contents:
            staging.stage(self.layout.exchange(claim.run, claim.task.id, claim.token), submission, contents)
""",
        f"{_DEATHS}[submit]",
    ),
    Bug(
        "the intent is not recorded before files are swapped",
        "landing.py",
        "            write(e.Intended(run, tasks, missing_dirs(board.root, paths)))\n",
        "            missing_dirs(board.root, paths)\n",
        f"{_DEATHS}[land]",
    ),
    Bug(
        "what was landing when the supervisor died is left as it is",
        "landing.py",
        "    _record_ends(board, run, _swap_all_in(board, units))\n",
        "    del units\n",
        f"{_DEATHS}[land]",
    ),
    Bug(
        "the displaced file is not looked at",
        "swap.py",
        "return Outcome(Fate.IN) if found == self.change.base else self._give_back(here, there, found)",
        "return Outcome(Fate.IN)",
        f"{_FAULTS}::test_no_save_is_lost_at_any_step_of_a_landing",
    ),
    Bug(
        "nobody asks whether the displaced file is still open for writing",
        "settled.py",
        "            os.close(fd)\n            return BUSY\n",
        "            return digest_open(fd)\n",
        f"{_FAULTS}::test_no_save_is_lost_at_any_step_of_a_landing",
    ),
    Bug(
        "a unit that cannot land leaves in what had landed of it",
        "landing.py",
        "            notes += [note for out in reversed(unit.swaps) if (note := out.take_out())]\n",
        "",
        f"{_LANDING}::test_a_unit_that_cannot_land_whole_leaves_no_file_in",
    ),
    Bug(
        "half a group lands",
        "state.py",
        "if TaskState.SUBMITTED in states and states <= _IN_LANDING:",
        "if TaskState.SUBMITTED in states:",
        f"{_CLAIMS}::test_a_group_locks_all_its_files_and_lands_whole",
    ),
    Bug(
        "units that depend on each other's files land together",
        "landing.py",
        "        if not (changes & relied or relies_on & changed):\n",
        "        if True:\n",
        f"{_LANDING}::test_of_two_that_depend_on_each_other_the_second_sees_what_the_first_changed",
    ),
    Bug(
        "a dead worker's task does not return",
        "reducer.py",
        "    if process.task:\n",
        "    if not process.task:\n",
        f"{_CLAIMS}::test_a_dead_worker_gives_its_task_back_after_a_rest",
    ),
    Bug(
        "views that a death left behind stay so",
        "journal.py",
        "right = shown == self.state.seq or self._show(self._views.rebuild)",
        "right = True",
        f"{_DISK}::test_views_are_made_anew_where_a_crash_left_them_behind",
    ),
    Bug(
        "a snapshot leaves out the holds",
        "snapshot.py",
        "state.seq, state.runs, state.processes, state.holds = saved.seq, saved.runs, saved.processes, saved.holds",
        "state.seq, state.runs, state.processes = saved.seq, saved.runs, saved.processes",
        "tests/board/test_log.py::test_a_snapshot_has_who_holds_what_and_who_takes_part",
    ),
    Bug(
        "a worker that hung gives back what another has by now",
        "board.py",
        "        with self._current(claim) as write:\n            write(e.Released(",
        "        with self.changing() as write:\n            write(e.Released(",
        f"{_STOPS}[release]",
    ),
    Bug(
        "a task that was cancelled while it rested is readied",
        "board.py",
        "(found.resting and not found.state.ended)",
        "found.resting",
        f"{_CLAIMS}::test_a_task_that_was_cancelled_while_it_rested_stays_so",
    ),
    Bug(
        "who loses a task with its group still has it on the board",
        "reducer.py",
        "            _free_worker(state, task)  # one that",
        "            pass  # one that",
        f"{_CLAIMS}::test_who_loses_a_task_with_its_group_has_it_no_more",
    ),
    Bug(
        "a person who takes a file does not end the worker's claim",
        "taking.py",
        '            write(_give_up(board, run, task, key, f"{owner} took {path} back"))\n',
        '            _give_up(board, run, task, key, f"{owner} took {path} back")\n',
        f"{_CLAIMS}::test_take_gives_the_file_at_once_and_the_rest_goes_on",
    ),
    Bug(
        "a file is taken from a group alone",
        "taking.py",
        "if not (spec.group or depended_on) and",
        "if not depended_on and",
        f"{_CLAIMS}::test_a_file_taken_from_an_undo_keeps_what_landed_with_it",
    ),
    Bug(
        "an undo leaves the folders that landing made",
        "undo.py",
        ", empty_dirs=tuple(made)",
        "",
        f"{_DEATHS}[undo]",
    ),
    Bug(
        "an undo does not put back a file's mode",
        "undo.py",
        "else stat.S_IMODE(swap.resting.stat().st_mode)",
        "else 0o600",
        "tests/running/test_undo.py::test_undo_gives_back_every_file_and_undoing_that_the_result",
    ),
    Bug(
        "displaced files are deleted before the log says so",
        "cleaning.py",
        "        if old:\n            write(",
        '        for run in old:\n            shutil.rmtree(board.layout.run(run) / "exchange")\n'
        "        if old:\n            write(",
        f"{_DEATHS}[clean]",
    ),
    Bug(
        "views are not made anew when somebody asks for it",
        "journal.py",
        "            self._mutex.release(UNKNOWN)\n",
        "            self._mutex.release(self.state.seq)\n",
        f"{_DISK}::test_views_are_made_anew_when_somebody_asks",
    ),
    Bug(
        "an agent that died while it locked gives back only a part",
        "agents.py",
        "        for agent in _agents(board, owner):\n            given",
        "        for agent in _agents(board, owner)[:1]:\n            given",
        f"{_DEATHS}[lock for an agent]",
    ),
    Bug(
        "an undo puts back over a later change",
        "undo.py",
        "            if changed:\n                named",
        "            if False:\n                named",
        "tests/running/test_undo.py::test_undo_leaves_out_what_a_person_changed_later",
    ),
    Bug(
        "the intent is not durable before a file moves",
        "landing.py",
        "    board.sync()\n",
        "",
        _POWER,
    ),
    Bug(
        "contents are not durable before the line that names them",
        "staging.py",
        "            sync_file(path)\n",
        "            pass\n",
        _POWER,
    ),
    Bug(
        "a landing is said to be done before its folders are durable",
        "landing.py",
        "        sync_folder(folder)\n",
        "        pass\n",
        _POWER,
    ),
    Bug(
        "a swap in two moves that a death cut short stays so",
        "exchange.py",
        "    for one, other in ((there, here), (aside, here), (aside, there)):\n",
        "    for one, other in ():\n",
        f"{_DEATHS}[land by second names]",
    ),
    Bug(
        "of two who make a board at once the second makes it anew",
        "layout.py",
        "        os.link(fresh, card)\n",
        "        fresh.replace(card)\n",
        f"{_DISK}::test_of_two_who_make_a_board_at_once_the_first_makes_it",
    ),
    Bug(
        "a landing whose folder became a link never ends",
        "swap.py",
        "        except (FileNotFoundError, BoardError):\n            displaced",
        "        except FileNotFoundError:\n            displaced",
        f"{_DEATHS}[land over a link]",
    ),
    Bug(
        "who accepts does not look whether it is what was seen",
        "review.py",
        "present is None or present.tokens != seen.tokens",
        "present is None",
        "tests/board/test_review.py::test_only_what_was_seen_can_be_accepted_or_rejected",
    ),
)
