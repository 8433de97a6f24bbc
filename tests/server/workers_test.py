#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Workers under a supervisor: replaced when they die, hang or have served enough, and ended as asked.

usage: workers_test.py CAPRICORN DEMO_SO"""
import http.client
import os
import pty
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from supervised import (  # pylint: disable=wrong-import-position
    CAPRICORN, DEMO, Load, PATIENCE, SANITIZED, Supervisor, Systemd, alive, children, connect,
    eventually, get, refused)


class Workers(unittest.TestCase):
    def test_workers_serve_and_stop(self):
        with Supervisor() as server:
            self.assertEqual(len(server.pids()), 2)
            self.assertEqual(get(server.port)[0], 200)
        self.assertEqual(server.code, 0)
        self.assertIn("Started parent process", server.log)
        self.assertEqual(server.log.count("Terminated child process"), 2)
        self.assertEqual(server.log.count("Finished server process"), 2)
        self.assertIn("Stopping parent process", server.log)

    def test_interrupt_of_the_whole_group_stops_once(self):
        with Supervisor() as server:
            for pid in [*server.pids(), server.process.pid]:  # as a terminal does
                os.kill(pid, signal.SIGINT)
            self.assertEqual(server.process.wait(PATIENCE), 0)
        self.assertEqual(server.log.count("Finished server process"), 2)

    def test_a_stop_of_the_whole_group_answers_what_is_under_way(self):
        # As systemd's KillMode=control-group, and pkill: a worker's own signal and its supervisor's were
        # two, and the second ended it at once.
        for first in (0, 1):
            for _ in range(4):
                with Supervisor(workers=1) as server:
                    client = connect(("127.0.0.1", server.port))
                    client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    time.sleep(0.2)  # until it is under way
                    pids = [server.process.pid, *server.pids()]
                    for pid in pids if first == 0 else reversed(pids):
                        os.kill(pid, signal.SIGTERM)
                    self.assertIn(b"200 OK", client.recv(4096))
                    client.close()
                    self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_who_comes_between_a_workers_signal_and_its_supervisors_is_answered(self):
        with Supervisor(workers=1) as server:
            worker, = server.pids()
            server.signal(signal.SIGSTOP)  # who is told next
            os.kill(worker, signal.SIGTERM)
            time.sleep(0.05)
            client = connect(("127.0.0.1", server.port))
            client.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGCONT)
            self.assertIn(b"200 OK", client.recv(4096))
            client.close()
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_what_means_more_or_fewer_stops_no_worker(self):
        with Supervisor(workers=1) as server:
            for pid in server.pids():
                os.kill(pid, signal.SIGTTIN)
                os.kill(pid, signal.SIGTTOU)
            self.assertEqual(get(server.port)[0], 200)

    def test_a_second_signal_ends_at_once(self):
        with Supervisor() as server:
            client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
            client.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"200", client.recv(4096))
            server.signal(signal.SIGTERM)
            server.said("Received SIGTERM, exiting.")
            server.signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(PATIENCE), 0)
            client.close()

    def test_who_comes_while_workers_shut_down_is_refused(self):
        for sockets in (["--port", "0"], ["--uds"]):
            with self.subTest(sockets[0]), tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder, "socket"))
                options = [*sockets, path] if sockets == ["--uds"] else sockets
                with Supervisor("--timeout-graceful-shutdown", str(PATIENCE), *options) as server:
                    address = path if server.port is None else ("127.0.0.1", server.port)
                    client = connect(address)
                    client.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
                    self.assertIn(b"200", client.recv(4096))
                    server.signal(signal.SIGTERM)
                    eventually("refused", lambda: refused(address))
                    server.signal(signal.SIGHUP)  # nobody is there to be replaced
                    self.assertTrue(client.recv(4096))
                    self.assertIsNone(server.process.poll())
                    self.assertTrue(refused(address))
                    server.signal(signal.SIGTERM)
                    client.close()
                self.assertEqual(server.code, 0)
                self.assertFalse(os.path.exists(path))

    def test_one_that_dies_is_replaced(self):
        with Supervisor() as server:
            victim = sorted(server.pids())[0]
            os.kill(victim, signal.SIGKILL)
            server.said(f"Child process [{victim}] died (killed by signal 9 (Killed)), replacing it.")
            eventually("two again", lambda: len(server.pids() - {victim}) == 2)
            server.said("running on", times=3)
            self.assertEqual(get(server.port)[0], 200)

    def test_one_that_is_stopped_alone_is_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder, "socket"))
            with Supervisor("--bind", "127.0.0.1:0", "--bind", f"unix:{path}", workers=1) as server:
                server.said("running on", times=2)
                former, = server.pids()
                os.kill(former, signal.SIGTERM)
                server.said("running on", times=4)
                eventually("the former one's end", lambda: not alive(former))
                # Its sockets are its successor's: it has turned nobody away.
                self.assertEqual(get(server.port)[0], 200)
                connect(path).close()

    def test_one_that_dies_is_replaced_where_whoever_started_us_ignores_sigchld(self):
        # 1. An ignored SIGCHLD is inherited, and the system then keeps no child for waitpid().
        # 2. The supervisor never heard of its workers' ends: it replaced none, and never ended itself.
        before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            server = Supervisor()
        finally:
            signal.signal(signal.SIGCHLD, before)
        with server:
            victim = sorted(server.pids())[0]
            os.kill(victim, signal.SIGKILL)
            server.said(f"Child process [{victim}] died (killed by signal 9 (Killed)), replacing it.")
        self.assertEqual(server.code, 0)

    @unittest.skipIf(SANITIZED, "a sanitizer tells of crashes itself")
    def test_a_crash_tells_its_stack(self):
        with Supervisor() as server:
            victim = sorted(server.pids())[0]
            os.kill(victim, signal.SIGSEGV)
            server.said(f"Process [{victim}] crashed: SIGSEGV")
            server.said(f"Child process [{victim}] died")
            self.assertIn("run_forever", server.log)

    @unittest.skipIf(SANITIZED, "a sanitizer tells of crashes itself")
    def test_a_crash_tells_its_stack_in_the_log_file(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "log")
            with Supervisor("--log-file", str(log), workers=0) as server:
                said = lambda text: eventually(text, lambda: log.exists() and text in log.read_text())
                said("running on")
                log.rename(Path(folder, "log.1"))
                server.signal(signal.SIGUSR1)
                eventually("another file", log.exists)
                server.signal(signal.SIGHUP)  # behind it
                said("Received SIGHUP")
                server.signal(signal.SIGSEGV)
                said(f"Process [{server.process.pid}] crashed: SIGSEGV")
                said("run_forever")
            self.assertIn("run_forever", server.log)

    def test_one_that_hangs_is_replaced(self):
        with Supervisor("--timeout-worker-healthcheck", "2") as server:
            victim = sorted(server.pids())[0]
            os.kill(victim, signal.SIGSTOP)
            server.said(f"Child process [{victim}] has not answered for 2000 ms, killing it.")
            server.said("running on", times=3)
            eventually("the hung one is gone", lambda: not alive(victim))
            self.assertEqual(len(server.pids()), 2)

    def test_nobody_is_asked_for_more_than_a_sign_a_second(self):
        with Supervisor("--timeout-worker-healthcheck", "0.1") as server:
            before = server.pids()
            time.sleep(2)
            self.assertEqual(server.pids(), before)
        self.assertNotIn("has not answered", server.log)

    def test_a_pause_of_all_is_nobodys_hang(self):
        # 1. A container or a machine is paused: nobody goes on.
        # 2. The supervisor woke first, saw how long it had heard of nobody, and killed every worker.
        with Supervisor("--timeout-worker-healthcheck", "2", workers=4) as server:
            everybody = [server.process.pid, *server.pids()]
            time.sleep(0.7)  # it has heard of them, and they say something once a second
            for pid in everybody:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(4)
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)
                time.sleep(0.1)
            time.sleep(1)
            self.assertEqual(get(server.port)[0], 200)
            self.assertEqual(server.pids(), set(everybody[1:]))
        self.assertNotIn("has not answered", server.log)

    def test_more_and_fewer(self):
        with Supervisor() as server:
            server.signal(signal.SIGTTIN)
            eventually("three", lambda: len(server.pids()) == 3)
            server.said("running on", times=3)
            server.signal(signal.SIGTTOU)
            eventually("two", lambda: len(server.pids()) == 2)
            self.assertEqual(get(server.port)[0], 200)

    def test_one_that_cannot_start_stops_everything(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder, "broken.so")
            broken.write_bytes(b"nothing")
            with Supervisor(app=str(broken)) as server:
                self.assertEqual(server.process.wait(PATIENCE), 3)
        self.assertIn("could not start (exit code 3). Stopping.", server.log)
        self.assertLess(server.log.count("Error loading"), 3)

    def test_one_that_cannot_start_later_leaves_the_others_alone(self):
        # 1. A worker dies, or has served enough, while its module is broken or its database is away.
        # 2. Its successor could not start, and all that served were stopped for it.
        with tempfile.TemporaryDirectory() as folder:
            module, draft, pid_file = (Path(folder, name) for name in ("app.so", "draft", "pid"))

            def put(content):  # as a build does it: another file in its place
                draft.write_bytes(content)
                draft.rename(module)

            put(Path(DEMO).read_bytes())
            with Systemd() as systemd, Supervisor("--pid-file", str(pid_file), app=str(module),
                                                  environment=systemd.environment) as server:
                eventually("all have started", pid_file.exists)
                put(b"nothing")
                os.kill(min(server.pids()), signal.SIGKILL)
                for pause in (250, 1000):
                    server.said("could not start (exit code 3): the others go on, the next attempt is in "
                                f"{pause} ms.")
                self.assertEqual(get(server.port)[0], 200)
                systemd.hears("STATUS=Child process")
                put(Path(DEMO).read_bytes())
                server.said("running on", times=3)
                eventually("two again", lambda: len(server.pids()) == 2)
                systemd.hears("STATUS=serving\n")
                put(b"nothing")
                for pid in server.pids():
                    os.kill(pid, signal.SIGKILL)
                self.assertEqual(server.process.wait(PATIENCE), 3)

    def test_a_log_that_workers_cannot_open_is_a_bad_option(self):
        with Supervisor("--access-log", "--access-log-file", "/nowhere/log") as server:
            self.assertEqual(server.process.wait(PATIENCE), 1)
        self.assertIn("could not start (exit code 1). Stopping.", server.log)

    def test_an_address_in_use_is_a_sentence(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            result = subprocess.run([CAPRICORN, DEMO, "--workers", "2", "--port",
                                     str(other.getsockname()[1])],
                                    capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("address already in use", result.stderr)

    def test_enough_requests_bring_a_successor_first(self):
        with Supervisor("--limit-max-requests", "200") as server:
            with Load(server.port) as load:
                server.said("Maximum request limit of 200 exceeded.", times=3)
            self.assertEqual(load.failures, [])

    def test_a_limit_of_memory_that_nobody_keeps_is_no_loop(self):
        # The application alone has more: dozens of workers a second were started, and told to leave.
        with Supervisor("--worker-max-memory", "1MiB", workers=1) as server:
            before = server.pids()
            server.said("Memory limit of 1048576 bytes exceeded.")
            time.sleep(1.5)
            self.assertEqual(server.pids(), before)
            eventually("another one", lambda: server.pids() and not server.pids() & before)

    def test_workers_end_with_their_supervisor(self):
        with Supervisor() as server:
            pids = server.pids()
            server.process.kill()
            server.process.wait()
            eventually("nobody is left", lambda: not any(alive(pid) for pid in pids))

    def test_the_pid_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "pid")
            with Supervisor("--pid-file", str(path)) as server:
                eventually("the file", path.exists)
                self.assertEqual(int(path.read_text()), server.process.pid)
            self.assertFalse(path.exists())

    def test_the_pid_file_of_another_server_stays(self):
        # One that stops slowly, and the one that was started behind it, have the same --pid-file.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "pid")
            for workers in (0, 1):
                with Supervisor("--pid-file", str(path), workers=workers):
                    eventually("the file", path.exists)
                    path.write_text("4711\n")
                self.assertEqual(path.read_text(), "4711\n")
                path.unlink()


class SoleProcess(unittest.TestCase):
    def test_a_hang_up_reloads_nothing_and_ends_nothing(self):
        with Supervisor(workers=0) as server:
            server.signal(signal.SIGHUP)
            server.said("Received SIGHUP: without TLS and --workers there is nothing to reload.")
            self.assertEqual(get(server.port)[0], 200)
        self.assertEqual(server.code, 0)

    def test_nobody_hands_over_and_nothing_ends(self):
        with Supervisor(workers=0) as server:
            server.signal(signal.SIGUSR2)
            server.said("Received SIGUSR2: without --workers nobody hands over to a new binary.")
            self.assertEqual(get(server.port)[0], 200)
        self.assertEqual(server.code, 0)

    def test_it_ends_with_its_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(CAPRICORN, [CAPRICORN, DEMO, "--port", "0"])
        said = b""
        while b"running on" not in said:
            said += os.read(terminal, 4096)
        os.close(terminal)

        def end():
            ended, status = os.waitpid(pid, os.WNOHANG)
            return (status,) if ended else None

        (status,) = eventually("its end", end)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)


    def test_closed_standard_streams_are_nobody_elses(self):
        # 1. A service is started with them closed: the loop's own descriptors had their numbers.
        # 2. What was logged was written to those.
        with tempfile.TemporaryDirectory() as folder:
            pid_file = Path(folder, "pid")
            for options in ([], ["--workers", "1"]):
                server = subprocess.Popen(["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", CAPRICORN, DEMO,
                                           "--port", "0", "--pid-file", str(pid_file), *options])
                try:
                    eventually("it serves", pid_file.exists)
                    for pid in [server.pid, *children(server.pid)]:
                        self.assertEqual([os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)],
                                         ["/dev/null"] * 3)
                finally:
                    server.terminate()
                    self.assertEqual(server.wait(PATIENCE), 0)


class Loops(unittest.TestCase):
    def test_several_in_one_process(self):
        with Supervisor("--loops", "3", workers=0) as server:
            server.said("running on", times=3)
            names = [Path(task, "comm").read_text().strip()
                     for task in Path(f"/proc/{server.process.pid}/task").iterdir()]
            self.assertLessEqual({"capricorn:loop1", "capricorn:loop2"}, set(names))
            with Load(server.port, clients=12) as load:
                pass
            self.assertEqual(load.failures, [])
        self.assertEqual(server.code, 0)
        self.assertEqual(server.log.count("Finished server process"), 3)

    def test_in_each_worker(self):
        with Supervisor("--loops", "2") as server:
            server.said("running on", times=4)
            with Load(server.port) as load:
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
            self.assertEqual(load.failures, [])
        self.assertEqual(server.code, 0)

    def test_one_that_has_served_enough_ends_all(self):
        for _ in range(6):  # which of them it is, is the system's choice
            with Supervisor("--loops", "3", "--limit-max-requests", "2", workers=0) as server:
                server.said("running on", times=3)
                client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
                for _ in range(2):
                    client.request("GET", "/plain")
                    self.assertEqual(client.getresponse().read(), b"Hello, World!")
                self.assertEqual(server.process.wait(PATIENCE), 0)
            self.assertNotIn("Cancel", server.log)

    def test_one_that_cannot_start_ends_all(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder, "broken.so")
            broken.write_bytes(b"nothing")
            with Supervisor("--loops", "2", app=str(broken), workers=0) as server:
                self.assertEqual(server.process.wait(PATIENCE), 3)


class Shutdown(unittest.TestCase):
    def test_it_serves_on_for_the_delay(self):
        with Supervisor("--shutdown-delay", "2") as server:
            begun = time.monotonic()
            server.signal(signal.SIGTERM)
            server.said("Serving on for 2000 ms before the shutdown.", times=2)
            self.assertEqual(get(server.port)[0], 200)
            self.assertEqual(server.process.wait(PATIENCE), 0)
            self.assertGreaterEqual(time.monotonic() - begun, 1.9)

    def test_a_request_outlives_the_delay(self):
        for options in ({"workers": 0}, {"workers": 1}):
            with Supervisor("--shutdown-delay", "0.3", **options) as server:
                with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
                    client.sendall(b"GET /block?ms=1500 HTTP/1.1\r\nHost: x\r\n\r\n")
                    time.sleep(0.3)  # it is under way
                    server.signal(signal.SIGTERM)
                    self.assertIn(b"200 OK", client.recv(4096))
            self.assertEqual(server.code, 0)

    def test_asking_again_and_again_is_one_stop(self):
        for options in ({"workers": 0}, {"workers": 1}):
            with Supervisor(**options) as server:
                while server.process.poll() is None:
                    server.signal(signal.SIGTERM)
                    time.sleep(0.0005)
            self.assertEqual(server.code, 0)

    def test_systemd_is_told(self):
        with Systemd() as systemd:
            with Supervisor(environment=systemd.environment, before=systemd.starts) as server:
                systemd.hears("READY=1")
                self.assertIn(f"MAINPID={server.process.pid}", systemd.told)
                server.signal(signal.SIGHUP)
                systemd.hears("RELOADING=1\nMONOTONIC_USEC=")
                systemd.hears("READY=1", times=2)
                systemd.hears("WATCHDOG=1", of=server.process.pid)
            systemd.hears("STOPPING=1")

    def test_systemd_hears_the_end_of_a_reload_that_changes_nothing(self):
        # A service of Type=notify-reload has ended its reload when it says READY=1: until then
        # `systemctl reload` waits, and fails in the end.
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "app.toml")
            for workers in (0, 1):
                file.write_text("")
                with self.subTest(workers=workers), Systemd() as systemd, \
                        Supervisor("--config", str(file), environment=systemd.environment,
                                   before=systemd.starts, workers=workers) as server:
                    systemd.hears("READY=1")
                    file.write_text("nothing = 1")
                    server.signal(signal.SIGHUP)
                    systemd.hears("RELOADING=1\nMONOTONIC_USEC=")
                    systemd.hears("READY=1", times=2)

    def test_systemd_hears_as_often_as_it_asks(self):
        # A process without a supervisor told it once a second, whatever WatchdogSec said.
        for workers in (0, 1):
            with self.subTest(workers=workers), Systemd() as systemd, \
                    Supervisor(environment=systemd.environment, before=systemd.starts, workers=workers):
                systemd.hears("WATCHDOG=1", times=2)
                before = time.monotonic()
                systemd.hears("WATCHDOG=1", times=12)
                self.assertLess(time.monotonic() - before, 10 * 0.4)

    def test_systemd_watches_the_one_that_takes_over(self):
        with Systemd() as systemd, tempfile.TemporaryDirectory() as folder:
            pid_file = Path(folder, "pid")
            with Supervisor("--pid-file", str(pid_file), environment=systemd.environment,
                            before=systemd.starts) as server:
                systemd.hears("WATCHDOG=1", of=server.process.pid)
                server.signal(signal.SIGUSR2)
                self.assertEqual(server.process.wait(PATIENCE), 0)
                successor = int(pid_file.read_text())
                systemd.hears(f"MAINPID={successor}\n")
                systemd.hears("WATCHDOG=1", of=successor)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
