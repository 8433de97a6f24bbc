#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Applications that do not start, end or answer when they should: the server goes on, or ends.

usage: stubborn_test.py CAPRICORN STUBBORN_SO"""
import os
import signal
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from supervised import CAPRICORN, PATIENCE, Supervisor, alive, children, eventually, free_ports, get

STUBBORN = sys.argv[2]
APART = ["unshare", "--pid", "--fork", "--kill-child"] if shutil.which("unshare") and os.geteuid() == 0 else []


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

    def test_what_a_factory_throws_is_no_crash(self):
        with tempfile.TemporaryDirectory() as folder:
            mode = Path(folder, "mode")
            mode.write_text("throw")
            for options in ([], ["--loops", "2"], ["--workers", "1"]):
                with self.subTest(options):
                    done = subprocess.run([CAPRICORN, STUBBORN, "--port", "0", *options],
                                          env=os.environ | {"STUBBORN": str(mode)}, capture_output=True,
                                          text=True, timeout=PATIENCE, check=False)
                    self.assertEqual(done.returncode, 3)
                    self.assertIn("threw what is no std::exception.", done.stderr)
                    self.assertNotIn("crashed", done.stderr)

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

    def test_a_reload_that_does_not_start_is_taken_back_with_its_addresses(self):
        # 1. The configuration names another port, and the application behind it hangs in its start.
        # 2. The former port is named again: it was still open for the former workers, and so it was
        #    in use, and the reload that hung could not be taken back.
        first, second = free_ports(2)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "capricorn.toml")
            file.write_text(f"bind = ['127.0.0.1:{first}']\n")
            with Stubborn("--config", str(file)) as server:
                file.write_text(f"bind = ['127.0.0.1:{second}']\n")
                server.be("hang")
                server.signal(signal.SIGHUP)
                server.said("The application is to hang")
                file.write_text(f"bind = ['127.0.0.1:{first}']\n")
                server.be("")
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
                self.assertEqual(get(first)[0], 200)
                with self.assertRaises(ConnectionRefusedError):
                    get(second)

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


class Ending(unittest.TestCase):
    def begin(self, server, path):
        """A request whose handler never ends."""
        client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        server.said("A handler")
        return client

    def test_a_second_signal_ends_at_once_whatever_a_handler_does(self):
        for path in ("/block", "/hang"):
            for workers in (0, 1):
                with self.subTest(f"{path}, {workers} workers"), \
                        Stubborn(workers=workers) as server, self.begin(server, path):
                    server.signal(signal.SIGTERM)
                    server.said("Waiting for connections to close.")
                    server.signal(signal.SIGTERM)
                    self.assertEqual(server.process.wait(PATIENCE), 0)
                self.assertFalse(server.pid_file.exists())

    def test_a_second_signal_ends_at_once_though_the_loop_never_took_the_first(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), Stubborn(workers=0) as server, self.begin(server, "/freeze"):
                server.signal(number)
                with self.assertRaises(subprocess.TimeoutExpired):
                    server.process.wait(0.7)
                server.signal(number)
                self.assertEqual(server.process.wait(PATIENCE), 0)
                server.said("Not everything has ended: the process ends without it.")
            self.assertFalse(server.pid_file.exists())

    def test_a_second_signal_ends_at_once_whatever_the_clean_up_does(self):
        for mode in ("hang_at_end", "block_at_end"):
            for workers in (0, 1):
                with self.subTest(f"{mode}, {workers} workers"), \
                        Stubborn(workers=workers, mode=mode) as server:
                    server.signal(signal.SIGINT)
                    server.said("Waiting for application shutdown.")
                    server.signal(signal.SIGINT)
                    self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_a_second_signal_ends_at_once_while_a_pool_is_waited_for(self):
        with Stubborn("--timeout-graceful-shutdown", "0.1", workers=0) as server, \
                self.begin(server, "/block"):
            server.signal(signal.SIGTERM)
            server.said("Waiting for 1 plain function of requests that are over.")
            server.signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(PATIENCE), 0)
            server.said("Not everything has ended: the process ends without it.")

    def test_several_loops_end_so_too(self):
        with Stubborn("--loops", "2", mode="block_at_end", workers=0) as server:
            server.said("running on", times=2)
            server.signal(signal.SIGTERM)
            server.said("Waiting for application shutdown.", times=2)
            server.signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(PATIENCE), 0)


class Signals(unittest.TestCase):
    def starting(self, *options, workers, mode="hang", **more):
        """One that does not come to its end of it."""
        server = Stubborn(*options, workers=workers, mode=mode, **more)
        server.said(f"The application is to {mode}", times=max(workers, 1))
        return server

    def test_one_that_starts_keeps_its_signals(self):
        for workers in (0, 1):
            with self.subTest(workers=workers), tempfile.TemporaryDirectory() as folder:
                log, renamed = Path(folder, "log"), Path(folder, "log.1")
                server = Stubborn("--log-file", str(log), workers=workers, mode="hang")
                eventually("it starts", lambda: log.exists()
                           and "The application is to hang" in log.read_text())
                log.rename(renamed)
                server.signal(signal.SIGUSR1)
                eventually("a log of its own", log.exists)
                pid, = server.pids() if workers else [server.process.pid]
                os.kill(pid, signal.SIGQUIT)
                eventually("what it is at", lambda: "in lifespan()" in log.read_text())
                os.kill(pid, signal.SIGHUP)
                if not workers:
                    eventually("told", lambda: "Received SIGHUP" in log.read_text())
                self.assertTrue(alive(pid))
                Stubborn.__exit__(server)

    def test_one_that_blocks_in_its_start_keeps_its_signals(self):
        for workers in (0, 1):
            with self.subTest(workers=workers):
                server = self.starting(workers=workers, mode="block")
                pid, = server.pids() if workers else [server.process.pid]
                for number in (signal.SIGUSR1, signal.SIGHUP):
                    os.kill(pid, number)
                server.__exit__()  # by SIGTERM, and by no other
                self.assertEqual(server.code, 0 if workers else -signal.SIGTERM)
                self.assertEqual(server.log.count("killed by signal 15"), workers)

    @unittest.skipUnless(APART and subprocess.run([*APART, "true"]).returncode == 0,
                         "needs root and util-linux")
    def test_the_first_process_of_a_container_ends_by_them_too(self):
        # 1. For the process with the number 1 the kernel drops what would end it by default.
        # 2. A container that still started lost its SIGTERM, served on, and was killed later.
        for mode in ("hang", "block"):
            with self.subTest(mode):
                server = self.starting(workers=0, mode=mode, before=APART)
                pid, = server.pids()
                os.kill(pid, signal.SIGTERM)
                try:
                    self.assertEqual(server.process.wait(PATIENCE), 128 + signal.SIGTERM)
                finally:
                    server.__exit__()

    @unittest.skipUnless(APART and subprocess.run([*APART, "true"]).returncode == 0,
                         "needs root and util-linux")
    def test_the_first_process_of_a_container_waits_for_whoever_is_left(self):
        for workers in (0, 1):
            with self.subTest(workers=workers):
                leaves = ["sh", "-c", "(sh -c 'sleep 0.5 & sleep 0.5 &') & exec \"$@\"", "sh"]
                with Stubborn(workers=workers, before=[*APART, *leaves]) as server:
                    first, = server.pids()
                    # One child serves; nobody else is there, be it as a zombie.
                    eventually("they end", lambda: len(children(first)) == 1)
                    self.assertEqual(get(server.port)[0], 200)
                    os.kill(first, signal.SIGTERM)
                    self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_without_a_watchdog_nobody_ends_for_a_question(self):
        for workers in (0, 2):
            with self.subTest(workers=workers), \
                    Stubborn("--watchdog-timeout", "0", workers=workers) as server:
                pids = server.pids() if workers else {server.process.pid}
                for pid in {*pids, server.process.pid}:
                    os.kill(pid, signal.SIGQUIT)
                server.signal(signal.SIGUSR1)  # behind it
                self.assertEqual(get(server.port)[0], 200)
                self.assertEqual(pids, server.pids() if workers else pids)
            self.assertEqual(server.code, 0)
            self.assertNotIn("died", server.log)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
