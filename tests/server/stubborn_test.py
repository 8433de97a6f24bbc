#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Applications that do not start, end or answer when they should: the server goes on, or ends.

usage: stubborn_test.py CAPRICORN STUBBORN_SO"""
import os
import signal
import socket
import sys
import tempfile
import unittest
from pathlib import Path

from workers_test import PATIENCE, Supervisor, alive, eventually, get

STUBBORN = sys.argv[2]


class Stubborn(Supervisor):
    """One of them, as `be` says from then on."""

    def __init__(self, *options, mode="", **more):
        self.folder = tempfile.TemporaryDirectory()
        self.mode = Path(self.folder.name, "mode")
        self.be(mode)
        self.pid_file = Path(self.folder.name, "pid")
        super().__init__("--pid-file", str(self.pid_file), *options, app=STUBBORN,
                         environment={"STUBBORN": str(self.mode)}, **more)

    def __enter__(self):
        super().__enter__()
        eventually("all serve", self.pid_file.exists)
        return self

    def be(self, mode):
        draft = Path(self.folder.name, "draft")
        draft.write_text(mode)
        draft.rename(self.mode)

    def __exit__(self, *error):
        super().__exit__(*error)
        self.folder.cleanup()


class Starting(unittest.TestCase):
    def test_one_that_dies_beside_one_that_does_not_start_is_replaced(self):
        for mode in ("hang", "block"):
            with self.subTest(mode), Stubborn() as server:
                first, second = sorted(server.pids())
                server.be(mode)
                os.kill(first, signal.SIGKILL)
                server.said(f"The application is to {mode}")
                server.be("")
                os.kill(second, signal.SIGKILL)
                server.said("running on", times=3)
                self.assertEqual(get(server.port)[0], 200)

    def test_a_reload_does_not_wait_for_one_that_does_not_start(self):
        for mode in ("hang", "block"):
            with self.subTest(mode), Stubborn() as server:
                before = server.pids()
                server.be(mode)
                server.signal(signal.SIGHUP)
                server.said(f"The application is to {mode}")
                stuck, = server.pids() - before
                server.be("")
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
                server.said(f"Terminated child process [{stuck}]")
                self.assertEqual(len(server.pids() - before), 2)
                self.assertEqual(get(server.port)[0], 200)
            self.assertEqual(server.code, 0)

    def test_a_changed_file_does_not_wait_for_one_that_does_not_start(self):
        with tempfile.TemporaryDirectory() as watched:
            with Stubborn("--reload", "--reload-dir", watched, "--reload-include", "*.txt",
                          workers=0) as server:
                before = server.pids()
                server.be("block")
                Path(watched, "a.txt").write_text("one")
                server.said("The application is to block")
                server.be("")
                Path(watched, "a.txt").write_text("another")
                server.said("running on", times=2)
                eventually("one is left, another", lambda: len(server.pids()) == 1
                           and not server.pids() & before)
                self.assertEqual(get(server.port)[0], 200)

    def test_fewer_means_those_that_do_not_start_first(self):
        with Stubborn() as server:
            before = server.pids()
            server.be("hang")
            server.signal(signal.SIGTTIN)
            server.said("The application is to hang")
            server.signal(signal.SIGTTOU)
            eventually("the two that serve", lambda: server.pids() == before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
