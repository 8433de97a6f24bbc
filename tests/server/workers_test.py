#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Workers under a supervisor: replaced when they die, hang or have served enough, and for new code,
while clients notice nothing.

usage: workers_test.py CAPRICORN DEMO_SO"""
import http.client
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

CAPRICORN, DEMO = sys.argv[1:3]
SANITIZED = b"__asan_init" in Path(CAPRICORN).read_bytes()
PATIENCE = 60  # seconds, for a machine that has much else to do
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a server that nohup started keeps ignoring it


def eventually(what, condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


class Supervisor:
    """CAPRICORN with these options until the end of the block; `log` is what it has said."""

    def __init__(self, *options, app=DEMO, environment=None, workers=2, before=()):
        self.log, self.port, self.workers = "", None, workers
        self.logs_to_file = "--log-file" in options
        # Without an application here the file of the configuration names it, and the address.
        command = [*before, CAPRICORN, *([app, "--port", "0"] if app else []), "--no-access-log", *options]
        if workers:
            command += ["--workers", str(workers)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True,
                                        env=os.environ | (environment or {}))
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.log += line

    def __enter__(self):
        # Each worker tells each of its sockets, and is done with them then.
        eventually("it serves", lambda: self.log.count("running on") >= max(self.workers, 1)
                   or self.logs_to_file
                   or self.process.poll() is not None)
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", self.log):
            self.port = int(found.group(1))
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.code = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            # What a hand-over started has the same standard error.
            for pid in self.all_pids():
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
        self.reader.join()
        self.process.stderr.close()

    def signal(self, number):
        self.process.send_signal(number)

    def all_pids(self):
        return [int(pid) for pid in re.findall(r"Started (?:server|parent) process \[(\d+)\]", self.log)]

    def pids(self):
        """Those who serve, as the system has them."""
        return children(self.process.pid)

    def said(self, text, times=1):
        eventually(f"{text!r} in\n{self.log}", lambda: self.log.count(text) >= times)


def children(pid):
    try:
        return {int(child) for child in
                Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except FileNotFoundError:
        return set()


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def get(port, path="/plain"):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    client.request("GET", path)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    return answer.status, body


class Load:
    """Clients that ask again and again, keeping their connections as long as they may."""

    def __init__(self, port, clients=4):
        self.port, self.failures, self.answers, self.ended = port, [], 0, False
        self.threads = [threading.Thread(target=self.ask) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        eventually("answers", lambda: self.answers > 20 or self.failures)
        return self

    def __exit__(self, *_):
        seen = self.answers
        eventually("answers after it all", lambda: self.answers > seen + 20 or self.failures)
        self.ended = True
        for thread in self.threads:
            thread.join()

    def ask(self):
        client = None
        while not self.ended:
            try:
                if client is None:
                    client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
                client.request("GET", "/plain")
                answer = client.getresponse()
                body = answer.read()
                if (answer.status, body) != (200, b"Hello, World!"):
                    self.failures.append(f"{answer.status} {body!r}")
                if answer.will_close:
                    client.close()
                    client = None
                self.answers += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                client.close()
                client = None
        if client:
            client.close()


class Arrivals:
    """New connections, one after the other, until there is nobody who takes them."""

    def __init__(self, port):
        self.port, self.failures, self.refused, self.ended = port, [], 0, False
        self.thread = threading.Thread(target=self.ask)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()

    def ask(self):
        while not self.ended and not self.refused:
            try:
                get(self.port)
            except ConnectionRefusedError:
                self.refused += 1
            except (http.client.HTTPException, OSError) as error:
                self.failures.append(repr(error))


def connect(address):
    client = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    client.settimeout(PATIENCE)
    try:
        client.connect(address)
    except OSError:
        client.close()
        raise
    return client


def refused(address):
    try:
        connect(address).close()
    except ConnectionRefusedError:
        return True
    return False


def free_ports(count):
    """Free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


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


class SoleProcess(unittest.TestCase):
    def test_a_hang_up_reloads_nothing_and_ends_nothing(self):
        with Supervisor(workers=0) as server:
            server.signal(signal.SIGHUP)
            server.said("Received SIGHUP: without TLS and --workers there is nothing to reload.")
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


class Reload(unittest.TestCase):
    def test_nothing_fails_while_workers_are_replaced(self):
        with Supervisor() as server, Load(server.port) as load:
            for turn in range(1, 4):
                before = server.pids()
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.", times=turn)
                eventually("others", lambda: len(server.pids()) == 2
                           and not server.pids() & before)
        self.assertEqual(load.failures, [])
        self.assertEqual(server.code, 0)

    def test_new_code_that_cannot_start_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder, "app.so")
            shutil.copy(DEMO, module)
            with Supervisor(app=str(module)) as server, Load(server.port) as load:
                before = server.pids()
                # As a build does it: another file in its place.
                draft = Path(folder, "draft")
                draft.write_bytes(b"nothing")
                draft.rename(module)
                server.signal(signal.SIGHUP)
                server.said("the former workers go on.")
                self.assertEqual(server.pids(), before)
                shutil.copy(DEMO, draft)
                draft.rename(module)
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
            self.assertEqual(load.failures, [])

    def test_a_bad_configuration_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "capricorn.toml")
            file.write_text("workers = 2\nlog_level = 'info'\n")
            with Supervisor("--config", str(file), workers=0) as server:
                server.said("running on", times=2)
                before = server.pids()
                file.write_text("workers = 'many'\n")
                server.signal(signal.SIGHUP)
                server.said("got 'many'. The workers go on as they are.")
                self.assertNotIn("--help", server.log)
                self.assertEqual(server.pids(), before)
                file.write_text("workers = 3\n")
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
                self.assertEqual(len(server.pids() - before), 3)

    def test_the_supervisor_too_has_what_changed(self):
        with tempfile.TemporaryDirectory() as folder:
            file, log, pid = (Path(folder, name) for name in ("capricorn.toml", "log", "pid"))
            file.write_text(f"workers = 1\npid_file = '{pid}.former'\n")
            with Supervisor("--config", str(file), workers=0) as server:
                file.write_text("workers = 1\nlog_file = '/nowhere/log'\n")
                server.signal(signal.SIGHUP)
                server.said(". The workers go on as they are.")
                file.write_text(f"workers = 1\nlog_file = '{log}'\npid_file = '{pid}'\n")
                server.signal(signal.SIGHUP)
                eventually("its line", lambda: log.exists()
                           and "Every worker is replaced." in log.read_text())
                self.assertEqual(int(pid.read_text()), server.process.pid)
                self.assertFalse(Path(f"{pid}.former").exists())
            self.assertFalse(pid.exists())
            self.assertIn("Stopping parent process", log.read_text())

    def test_changed_addresses_are_bound_anew_and_no_request_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            file, path = Path(folder, "capricorn.toml"), Path(folder, "app.sock")
            first, second, admin = free_ports(3)
            write = lambda *addresses, more="": file.write_text(
                f"workers = 2\nbind = {[str(each) for each in addresses]}\n{more}")
            write(f"127.0.0.1:{first}", f"unix:{path}")
            with Supervisor("--config", str(file), workers=0) as server:
                server.said("running on", times=4)
                write(f"127.0.0.1:{first}", f"127.0.0.1:{second}", more=f"admin_port = {admin}\n")
                with Load(first) as load:
                    server.signal(signal.SIGHUP)
                    server.said("Every worker is replaced.")
                    self.assertEqual(get(second)[0], 200)
                    self.assertEqual(get(admin, "/readyz")[0], 200)
                    self.assertFalse(path.exists())
                self.assertEqual(load.failures, [])
                # Away from one that is in use: who waits to be accepted there is still answered.
                write(f"127.0.0.1:{second}")
                with Load(second) as load, Arrivals(first) as arrivals:
                    server.signal(signal.SIGHUP)
                    server.said("Every worker is replaced.", times=2)
                self.assertEqual(load.failures, [])
                self.assertEqual(arrivals.failures, [])
                self.assertGreater(arrivals.refused, 0)
                with self.assertRaises(ConnectionRefusedError):
                    get(admin, "/readyz")
            self.assertEqual(server.code, 0)

    def test_an_address_that_cannot_be_had_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
            file = Path(folder, "capricorn.toml")
            file.write_text("workers = 2\n")
            port = taken.getsockname()[1]
            with Supervisor("--config", str(file), workers=0) as server:
                server.said("running on", times=2)
                before = server.pids()
                file.write_text(f"workers = 2\nbind = ['127.0.0.1:0', '127.0.0.1:{port}']\n")
                server.signal(signal.SIGHUP)
                server.said("address already in use. The workers go on as they are.")
                self.assertEqual(server.pids(), before)
                self.assertEqual(get(server.port)[0], 200)

    def test_code_that_cannot_start_keeps_the_former_addresses(self):
        with tempfile.TemporaryDirectory() as folder:
            file, broken = Path(folder, "capricorn.toml"), Path(folder, "broken.so")
            broken.write_bytes(b"nothing")
            port, = free_ports(1)
            file.write_text(f'app = "{DEMO}"\nworkers = 2\nport = 0\n')
            with Supervisor("--config", str(file), app=None, workers=0) as server:
                server.said("running on", times=2)
                file.write_text(f'app = "{broken}"\nworkers = 2\nport = {port}\n')
                server.signal(signal.SIGHUP)
                server.said("the former workers go on.")
                self.assertEqual(get(server.port)[0], 200)
                with self.assertRaises(ConnectionRefusedError):
                    get(port)
                file.write_text(f'app = "{DEMO}"\nworkers = 2\nport = 0\n')
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
                self.assertEqual(get(server.port)[0], 200)

    def test_a_new_binary_takes_changed_addresses(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "capricorn.toml")
            first, second = free_ports(2)
            file.write_text(f"workers = 1\nbind = ['127.0.0.1:{first}']\n")
            with Supervisor("--config", str(file), workers=0) as server:
                file.write_text(f"workers = 1\nbind = ['127.0.0.1:{first}', '127.0.0.1:{second}']\n")
                with Load(first) as load:
                    server.signal(signal.SIGUSR2)
                    server.said("Stopping parent process")
                    self.assertEqual(get(second)[0], 200)
                self.assertEqual(load.failures, [])
                for pid in server.all_pids():
                    if alive(pid):
                        os.kill(pid, signal.SIGTERM)

    def test_a_new_binary_takes_over(self):
        with tempfile.TemporaryDirectory() as folder:
            pid_file = Path(folder, "pid")
            with Supervisor("--pid-file", str(pid_file)) as server:
                with Load(server.port) as load:
                    server.signal(signal.SIGUSR2)
                    self.assertEqual(server.process.wait(PATIENCE), 0)
                    eventually("the new one's number", lambda: pid_file.exists()
                               and int(pid_file.read_text()) != server.process.pid)
                    successor = int(pid_file.read_text())
                self.assertEqual(load.failures, [])
                self.assertEqual(len(children(successor)), 2)
                os.kill(successor, signal.SIGTERM)
                eventually("it stops too", lambda: not alive(successor))
                self.assertFalse(pid_file.exists())

    def test_a_unix_socket_outlives_a_hand_over_and_no_end(self):
        with tempfile.TemporaryDirectory() as folder:
            path, pid_file = Path(folder, "socket"), Path(folder, "pid")
            with Supervisor("--uds", str(path), "--pid-file", str(pid_file)) as server:
                server.signal(signal.SIGUSR2)
                self.assertEqual(server.process.wait(PATIENCE), 0)
                client = socket.socket(socket.AF_UNIX)
                client.settimeout(PATIENCE)
                client.connect(str(path))
                client.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                self.assertIn(b"200 OK", client.recv(4096))
                client.close()
                successor = int(pid_file.read_text())
                os.kill(successor, signal.SIGTERM)
                eventually("it stops", lambda: not alive(successor))
                self.assertFalse(path.exists())

    def test_a_new_binary_that_fails_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder, "app.so")
            shutil.copy(DEMO, module)
            with Supervisor(app=str(module)) as server:
                draft = Path(folder, "draft")
                draft.write_bytes(b"nothing")
                draft.rename(module)
                server.signal(signal.SIGUSR2)
                server.said("The new binary ended (exit code 3): the workers go on.")
                self.assertEqual(get(server.port)[0], 200)

    def test_changed_files_bring_a_new_worker(self):
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder, "app.so")
            shutil.copy(DEMO, module)
            watched = Path(folder, "watched")
            watched.mkdir()
            with Supervisor("--reload", "--reload-dir", str(watched), "--reload-include", "*.txt",
                            "--workers", "2", app=str(module), workers=0
                            ) as server, Load(server.port) as load:
                before = server.pids()
                self.assertEqual(len(before), 1)
                server.said('"workers" flag is ignored when reloading is enabled.')
                Path(watched, "notes.md").write_text("is not watched")
                Path(watched, "a.txt").write_text("is")
                server.said("Detected changes in '" + str(Path(watched, "a.txt")))
                eventually("another one", lambda: len(server.pids()) == 1
                           and not server.pids() & before)
                draft = Path(folder, "draft")
                draft.write_bytes(b"nothing")
                draft.rename(module)
                server.said("waiting for a change of the files")
                shutil.copy(DEMO, draft)
                draft.rename(module)
                server.said("running on", times=3)
            self.assertEqual(load.failures, [])


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


class Systemd:
    """What it is told, of whom; it watches the process that `starts` begins."""

    starts = ("/bin/sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh")

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(path)
        self.socket.settimeout(PATIENCE)
        self.environment = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}
        self.told, self.told_by = "", {}
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.folder.cleanup()

    def hears(self, text, times=1, of=None):
        while (self.told if of is None else self.told_by.get(of, "")).count(text) < times:
            message, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
            teller, _, _ = struct.unpack("3i", ancillary[0][2])
            self.told += message.decode() + "\n"
            self.told_by[teller] = self.told_by.get(teller, "") + message.decode() + "\n"


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
