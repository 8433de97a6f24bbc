# SPDX-License-Identifier: MIT
"""The load test's programs, run as one runs them: what they do with options that cannot be, and that
nothing is left where somebody ends them: runners_test.py BUILD-FOLDER."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
LOADTEST = Path(__file__).resolve().parents[2] / "loadtest"
sys.path.insert(0, str(LOADTEST))
from bench.common import need  # pylint: disable=wrong-import-position
from bench.processes import cpu, own_cores, threads_of, two_cores  # pylint: disable=wrong-import-position

BUILD = Path(sys.argv[1]).resolve()
HAS_TOOLS = all(map(shutil.which, ("wrk", "openssl", "taskset"))) and len(own_cores()) > 1
BURN = """
import sys, threading, time
def burn():
    end = time.thread_time() + 0.3
    while time.thread_time() < end:
        pass
sys.stdin.readline()
thread = threading.Thread(target=burn)
thread.start()
thread.join()
print(flush=True)
sys.stdin.readline()
"""

# A server that begins well; "manner", beside it, says how it goes on.
FAKE = """#!/usr/bin/env python3
import os, socket, sys, threading
from pathlib import Path
if sys.argv[1] == "--version":
    sys.exit(print("1.0"))
MANNER = Path(__file__).with_name("manner").read_text()
asked = 0
def answer(client):
    global asked
    while client.recv(4096):
        asked += 1
        if asked > 100 and MANNER == "dies":
            os._exit(3)
        if asked > 1 and MANNER == "is mute":
            continue
        status = b"500 No" if asked > 1 and MANNER == "refuses" else b"200 OK"
        client.sendall(b"HTTP/1.1 " + status + b"\\r\\nContent-Length: 13\\r\\n\\r\\nHello, World!")
listener = socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])))
while True:
    client = listener.accept()[0]
    if MANNER == "speaks otherwise":
        client.sendall(b"220 mail.example.org ready\\r\\n")
    threading.Thread(target=answer, args=(client,), daemon=True).start()
"""


def servers_of(folder):
    """Processes whose command names the folder."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in line.read_bytes() and int(line.parent.name) != os.getpid():
                found.append(line.parent.name)
        except OSError:
            continue  # a process that has just ended
    return found


class Runners(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        # By another name, so that its servers are told from those of other tests.
        self.build = self.folder / "its-build"
        self.build.symlink_to(BUILD)

    def fake(self, manner):
        self.build = self.folder / manner.replace(" ", "-")
        (self.build / "loadtest/peers/capricorn").mkdir(parents=True)
        (self.build / "loadtest/peers/capricorn/bench.so").touch()
        (self.build / "loadtest/client").symlink_to(BUILD / "loadtest/client")
        (self.build / "manner").write_text(manner)
        (self.build / "capricorn").write_text(FAKE)
        (self.build / "capricorn").chmod(0o755)

    def start(self, program, *arguments):
        return subprocess.Popen(
            [sys.executable, LOADTEST / program, *map(str, arguments), "--build", self.build],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            env={**os.environ, "TMPDIR": str(self.folder)})

    def finish(self, process, seconds=60):
        said, _ = process.communicate(timeout=seconds)
        return process.returncode, said

    def await_servers(self, number):
        deadline = time.monotonic() + 20
        while len(servers_of(self.build / "capricorn")) < number:
            self.assertLess(time.monotonic(), deadline, "its servers did not start")
            time.sleep(0.05)

    def test_say_in_a_sentence_which_options_cannot_be(self):
        for options, sentence in (
                (("run", "--cores", "0"), "expected two numbers, such as 0,1, but got '0'"),
                (("run", "--cores", "0,9999"), "0,9999 are not both among the cores that are ours"),
                (("run", "--document", "/nowhere.md"), "there is no /nowhere.md"),
                (("curves", "--figure", "/nowhere/a.svg"), "there is no folder /nowhere"),
                (("counts", "--output", __file__), f"{__file__}: File exists"),
                (("soak", "--seconds", "0"), "expected a whole number of 1 or more, but got '0'"),
                (("run", "--against", "/nowhere"),
                 "nowhere: there is no folder /nowhere"),
                (("run", "--against", LOADTEST),
                 f"loadtest: it is not built (ninja -C {LOADTEST} capricorn load_application)"),
                (("run", "--against", f"{BUILD}:libno-such.so"), "libno-such.so cannot be preloaded")):
            code, said = self.finish(self.start(*options))
            self.assertEqual(code, 2)
            self.assertIn(sentence, said)
            self.assertNotIn("Traceback", said)

    def test_measure_no_build_that_is_not_there(self):
        self.build = self.folder / "another"
        for program in ("run", "curves", "wide", "counts", "soak", "restarts", "loop/run", "loop/echo"):
            code, said = self.finish(self.start(program))
            self.assertEqual((code, f"there is no folder {self.build}" in said), (2, True), said)

    @unittest.skipUnless(HAS_TOOLS, "without taskset, or a second core")
    def test_fail_where_there_is_nothing_to_measure(self):
        self.build = self.folder / "empty"
        self.build.mkdir()
        for program, *options in (("run", "--peers", "drogon", "--scenarios", "timers"), ("curves", "--peers", "limit"),
                                  ("loop/run", "--peers", "libuv")):
            code, said = self.finish(self.start(program, *options, "--output", self.folder / "results"))
            self.assertEqual(code, 1)
            self.assertTrue(said.endswith("There is nothing to measure.\n"), said)

    @unittest.skipUnless(HAS_TOOLS, "without wrk, openssl or taskset")
    def test_say_what_has_to_be_built(self):
        self.build = self.folder / "empty"
        self.build.mkdir()
        for code, program, *options, targets in (
                (2, "run", "capricorn load_application"),
                (2, "run", "--peers", "limit", "--scenarios", "churn", "load_client"),
                (1, "soak", "capricorn examples/demo/demo.so"),
                (1, "restarts", "capricorn examples/demo/demo.so"),
                (1, "loop/echo", "load_client"),
                (1, "wide", "capricorn examples/demo/demo.so load_client")):
            ended, said = self.finish(self.start(program, *options))
            self.assertEqual(ended, code, said)
            self.assertIn(f"not built (ninja -C {self.build} {targets})", said)

    @unittest.skipUnless(all(map(shutil.which, ("valgrind", "strace", "openssl"))), "without valgrind or strace")
    def test_counts_fails_where_there_is_nothing_to_count(self):
        self.build = self.folder / "empty"
        self.build.mkdir()
        code, said = self.finish(self.start("counts", "--peers", "capricorn", "--output", self.folder))
        self.assertEqual(code, 1)
        self.assertTrue(said.endswith("There is nothing to count.\n"), said)

    @unittest.skipUnless(HAS_TOOLS, "without taskset, or a second core")
    def test_wide_holds_connections_on_several_workers(self):
        code, said = self.finish(self.start("wide", "--connections", 300, "--workers", 2, "--seconds", 1))
        self.assertEqual(code, 0, said)
        self.assertIn("300 connections in ", said)

    @unittest.skipUnless(HAS_TOOLS, "without wrk")
    def test_soak_ends_at_once_where_somebody_ends_it(self):
        soak = self.start("soak", "--seconds", 300)
        self.assertRegex(soak.stdout.readline(), "requests")
        soak.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(soak, 20)[0], 130)
        self.assertEqual(servers_of(self.build / "capricorn"), [])

    @unittest.skipUnless(HAS_TOOLS, "without wrk or taskset")
    def test_soak_and_wide_say_that_the_server_ended(self):
        self.fake("dies")
        (self.build / "examples/demo").mkdir(parents=True)
        (self.build / "examples/demo/demo.so").touch()
        for program, *options, sentence in (
                ("soak", "--seconds", 3, "the server ended by itself with 3."),
                ("wide", "--connections", 200, "--seconds", 1, "")):
            code, said = self.finish(self.start(program, *options))
            self.assertEqual(code, 1, said)
            self.assertIn(sentence, said)
            self.assertNotIn("Traceback", said)

    @unittest.skipUnless(HAS_TOOLS, "without wrk or openssl")
    def test_restarts_leaves_no_server_where_somebody_ends_it(self):
        restarts = self.start("restarts")
        self.await_servers(3)
        restarts.terminate()
        self.assertEqual(self.finish(restarts, 60)[0], 143)
        self.assertEqual(servers_of(self.build / "capricorn"), [])

    @unittest.skipUnless(HAS_TOOLS, "without wrk, openssl or taskset")
    def test_run_leaves_no_server_that_was_just_starting(self):
        self.fake("slow")
        (self.build / "capricorn").write_text('#!/bin/sh\n[ "$1" = --version ] && echo 1.0 || exec sleep 60\n')
        run = self.start("run", "--peers", "capricorn", "--scenarios", "plaintext", "--output", self.folder)
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        deadline = time.monotonic() + 20
        while not (sleeps := [pid for pid in children.read_text().split() if is_asleep(pid)]):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(run, 20)[0], 130)
        self.assertFalse(any(map(is_asleep, sleeps)))


    @unittest.skipUnless(HAS_TOOLS and shutil.which("cc"), "without wrk, openssl, taskset or a C compiler")
    def test_run_tells_of_a_peer_that_fails_and_measures_the_others(self):
        for manner, sentences in (
                ("refuses", ("Requests failed", " of capricorn in plaintext", "churn fails for capricorn: capricorn: HTTP Error 500")),
                ("dies", ("plaintext fails for capricorn: capricorn ended by itself; its log is ",)),
                ("is mute", ("plaintext fails for capricorn: capricorn answered nothing",)),
                ("speaks otherwise", ("plaintext fails for capricorn: capricorn: ",))):
            self.fake(manner)
            code, said = self.finish(self.start(
                "run", "--peers", "capricorn,limit", "--scenarios", "plaintext,churn", "--connections", 4,
                "--rounds", 1, "--seconds", 1, "--output", self.folder))
            self.assertEqual(code, 1, said)
            for sentence in sentences:
                self.assertIn(sentence, said)
            self.assertRegex(said, "round 1 of 1 +plaintext +limit ")
            self.assertRegex(said, "round 1 of 1 +churn +limit ")
            self.assertNotIn("Traceback", said)

    @unittest.skipUnless(HAS_TOOLS, "without wrk, openssl or taskset")
    def test_run_writes_what_it_has_where_somebody_ends_it(self):
        page = self.folder / "page.md"
        page.write_text("<!-- results -->\nold\n<!-- /results -->\n")
        for signum, wanted in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            run = self.start("run", "--peers", "capricorn", "--scenarios", "plaintext,json", "--rounds", 50,
                             "--seconds", 1, "--output", self.folder, "--document", page)
            said = ""
            while "round 1 of 50  json" not in said:
                said += (line := run.stdout.readline())
                self.assertTrue(line, said)
            run.send_signal(signum)
            code, rest = self.finish(run, 20)
            self.assertEqual(code, wanted, rest)
            self.assertIn("Interrupted.", rest)
            whole = json.loads((self.folder / "results.json").read_text())
            self.assertEqual((whole["interrupted"], whole["rounds"]), (True, 1))
            self.assertEqual([len(each["rounds"]) for each in whole["results"]], [1, 1])
            self.assertTrue((self.folder / "table.md").read_text().startswith("Interrupted: 1 of 50 rounds"))
            self.assertIn("interrupted: one round", (self.folder / "figure.svg").read_text())
            self.assertIn("old", page.read_text())
        self.assertEqual(servers_of(self.build / "capricorn"), [])

    @unittest.skipUnless(HAS_TOOLS, "without taskset, or a second core")
    def test_other_runners_write_what_they_have_where_somebody_ends_them(self):
        for program, options, sign, left in (
                ("curves", ("--curves", "routes", "--peers", "capricorn"), "round 1 of", "curves.md"),
                ("loop/run", ("--only", "await_coro", "--peers", "capricorn", "--milliseconds", 300),
                 "round 1 of", "table.md"),
                ("loop/echo", ("--peers", "capricorn", "--apis", "streams"), "round 1 of", "table.md")):
            run = self.start(program, *options, "--rounds", 50, "--output", self.folder)
            while sign not in (line := run.stdout.readline()):
                self.assertTrue(line, program)
            run.send_signal(signal.SIGINT)
            code, said = self.finish(run, 20)
            self.assertEqual(code, 130, said)
            self.assertTrue((self.folder / left).read_text().startswith("Interrupted: "), program)

    @unittest.skipUnless(HAS_TOOLS, "without wrk, openssl or taskset")
    def test_run_leaves_what_was_written_where_it_is_ended_at_once(self):
        (self.folder / "table.md").write_text("of yesterday")
        run = self.start("run", "--peers", "capricorn", "--scenarios", "plaintext", "--output", self.folder)
        self.await_servers(1)
        run.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(run, 20)[0], 130)
        self.assertEqual((self.folder / "table.md").read_text(), "of yesterday")


def is_asleep(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b"sleep\00060\0"
    except OSError:
        return False


class Accounting(unittest.TestCase):
    def test_threads_that_have_ended_count(self):
        with subprocess.Popen([sys.executable, "-c", BURN], text=True, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            before = cpu(process.pid)
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
            self.assertGreaterEqual((cpu(process.pid) - before).nanoseconds, 300_000_000)

    def test_client_and_server_are_on_cores_of_their_own(self):
        if len(own_cores()) < 2:
            self.skipTest("there is one core")
        server, client = two_cores()
        self.assertNotEqual(server, client)
        self.assertIn(server, threads_of(server))
        self.assertLessEqual({server, client}, set(own_cores()))

    def test_what_is_not_installed_is_named(self):
        with self.assertRaisesRegex(SystemExit, "Please install no-such-tool and nor-this."):
            need("no-such-tool", "sh", "nor-this")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
