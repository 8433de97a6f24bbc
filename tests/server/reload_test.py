#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""New code, settings, addresses and binaries for a server under a supervisor, while clients notice nothing.

usage: reload_test.py CAPRICORN DEMO_SO"""
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from supervised import (  # pylint: disable=wrong-import-position
    Arrivals, DEMO, Load, PATIENCE, Supervisor, alive, children, connect, eventually, free_ports, get,
    refused)


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

    def test_new_code_that_cannot_start_brings_no_more_workers(self):
        # 1. A configuration has more workers, and names code that cannot start.
        # 2. The former workers went on; then the additional ones were started, could not either, and
        #    everything stopped.
        with tempfile.TemporaryDirectory() as folder:
            file, broken = Path(folder, "capricorn.toml"), Path(folder, "broken.so")
            broken.write_bytes(b"nothing")
            write = lambda app, workers: file.write_text(f'app = "{app}"\nport = 0\nworkers = {workers}\n')
            write(DEMO, 1)
            with Supervisor("--config", str(file), app=None, workers=0) as server:
                before = server.pids()
                write(broken, 3)
                server.signal(signal.SIGHUP)
                server.said("the former workers go on.")
                time.sleep(1)  # for what would be started
                self.assertEqual(server.pids(), before)
                self.assertEqual(server.log.count("could not start"), 1)
                write(DEMO, 2)
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
                eventually("two", lambda: len(server.pids()) == 2)

    def test_the_environment_file_is_read_anew_and_has_no_options(self):
        # 1. Options are not read from it, at the start.
        # 2. A reload, and a new binary, found its variables in the environment: its PORT was theirs.
        with tempfile.TemporaryDirectory() as folder:
            file, variables, pid_file, lines = (
                Path(folder, name) for name in ("capricorn.toml", "env", "pid", "lines"))
            port, other = free_ports(2)
            file.write_text(f'app = "{DEMO}"\nport = {port}\nworkers = 1\npid_file = "{pid_file}"\n'
                            f'env_file = "{variables}"\n')
            options = ["--config", str(file), "--access-log", "--access-log-file", str(lines),
                       "--access-log-format", "%({CHECKED}e)s %({BEFORE}e)s %({MORE}e)s"]

            def write(text):
                variables.write_text(f"PORT={other}\nWEB_CONCURRENCY=3\nBEFORE=file\n{text}")

            def told():
                """What the worker that answers has in its environment."""
                count = len(lines.read_text().splitlines()) if lines.exists() else 0
                self.assertEqual(get(port)[0], 200)
                return eventually("its line", lambda: lines.exists()
                                  and lines.read_text().splitlines()[count:])[0]

            write("CHECKED=one\nMORE=${CHECKED}\n")
            with Supervisor(*options, app=None, workers=0, environment={"BEFORE": "system"}) as server:
                self.assertEqual(told(), "one system one")
                write("CHECKED=two\n")
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
                self.assertEqual(told(), "two system -")
                eventually("the former one's end", lambda: len(server.pids()) == 1)
                write("CHECKED=three\nwhat")
                server.signal(signal.SIGHUP)
                server.said("expected = behind what. The workers go on as they are.")
                os.kill(*server.pids(), signal.SIGKILL)
                server.said("running on", times=3)
                self.assertEqual(told(), "two system -")
                write("CHECKED=four\n")
                server.signal(signal.SIGUSR2)
                self.assertEqual(server.process.wait(PATIENCE), 0)
                self.assertEqual(told(), "four system -")
                successor = int(pid_file.read_text())
                os.kill(successor, signal.SIGTERM)
                eventually("it stops", lambda: not alive(successor))

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

    def test_former_workers_have_their_own_time_to_end(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "capricorn.toml")
            file.write_text("workers = 1\ntimeout_graceful_shutdown = 30\n")
            with Supervisor("--config", str(file), workers=0) as server:
                client = connect(("127.0.0.1", server.port))
                client.sendall(b"GET /sleep?ms=6500 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                time.sleep(0.2)  # until it is under way
                file.write_text("workers = 1\ntimeout_graceful_shutdown = 0.1\n")
                server.signal(signal.SIGHUP)
                self.assertIn(b"200 OK", client.recv(4096))
                client.close()
            self.assertNotIn("killing it", server.log)

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
                    # The last of the former ones answers who waits there yet.
                    eventually("nobody is there", lambda: arrivals.refused or arrivals.failures)
                self.assertEqual(load.failures, [])
                self.assertEqual(arrivals.failures, [])
                eventually("nobody is there, either", lambda: refused(("127.0.0.1", admin)))
            self.assertEqual(server.code, 0)

    def test_a_unix_socket_whose_file_was_removed_is_made_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "socket")
            with Supervisor("--uds", str(path)) as server:
                path.unlink()
                server.signal(signal.SIGHUP)
                server.said("Every worker is replaced.")
                client = connect(str(path))
                client.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                self.assertIn(b"200 OK", client.recv(4096))
                client.close()
            self.assertFalse(path.exists())

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
            module, path = Path(folder, "app.so"), Path(folder, "socket")
            shutil.copy(DEMO, module)
            with Supervisor("--bind", "127.0.0.1:0", "--bind", f"unix:{path}", app=str(module)) as server:
                server.said("running on", times=4)
                draft = Path(folder, "draft")
                draft.write_bytes(b"nothing")
                draft.rename(module)
                server.signal(signal.SIGUSR2)
                server.said("The new binary ended (exit code 3): the workers go on.")
                self.assertEqual(get(server.port)[0], 200)
                # It took the socket's file away when it ended, though the file was not its own yet.
                connect(str(path)).close()
            self.assertFalse(path.exists())

    def test_a_stop_stops_a_new_binary_that_is_starting(self):
        # It went on with the sockets: "it serves" and "stop" are one signal.
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), tempfile.TemporaryDirectory() as folder:
                path, pid_file = Path(folder, "socket"), Path(folder, "pid")
                with Supervisor("--uds", str(path), "--pid-file", str(pid_file)) as server:
                    eventually("all serve", pid_file.exists)
                    server.signal(signal.SIGUSR2)
                    workers = set(server.all_pids())
                    successor, = eventually("a third", lambda: server.pids() - workers)
                    server.signal(number)
                    self.assertEqual(server.process.wait(PATIENCE), 0)
                    eventually("it stops too", lambda: not alive(successor))
                    self.assertFalse(path.exists())
                    self.assertFalse(pid_file.exists())

    def test_a_stop_behind_a_hand_over_is_the_first(self):
        # 1. The new binary serves, and tells the former one to go.
        # 2. An operator's stop, meant for either, was its second signal, and cut off the requests.
        with tempfile.TemporaryDirectory() as folder:
            pid_file = Path(folder, "pid")
            with Supervisor("--pid-file", str(pid_file)) as server:
                eventually("all serve", pid_file.exists)
                client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
                client.sendall(b"GET /sleep?ms=2000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                server.signal(signal.SIGUSR2)
                server.said("Received SIGTERM, exiting.")
                server.signal(signal.SIGTERM)
                self.assertIn(b"200 OK", client.recv(4096))
                client.close()
                self.assertEqual(server.process.wait(PATIENCE), 0)
                successor = int(pid_file.read_text())
                self.assertEqual(get(server.port)[0], 200)
                os.kill(successor, signal.SIGTERM)
                eventually("it stops too", lambda: not alive(successor))
            self.assertNotIn("stopping at once", server.log)

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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
