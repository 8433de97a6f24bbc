#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What an operator sees of a server: figures, probes, the log, `capricorn top` and `tasks`.

    observability_test.py CAPRICORN DEMO.so CLOCK_JUMP.so
"""

import email.utils
import glob
import http.client
import json
import os
import pathlib
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

sys.dont_write_bytecode = True  # no __pycache__ beside the sources
from exposition import parse_exposition, total  # pylint: disable=wrong-import-position

BINARY, DEMO, CLOCK_JUMP = (os.path.abspath(path) for path in sys.argv[1:4])
with open(BINARY, "rb") as program:
    SANITIZED = b"__asan_init" in (content := program.read()) or b"__tsan_init" in content
PATIENCE = 20
APART = (["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
         if shutil.which("unshare") and shutil.which("nsenter") and os.geteuid() == 0
         and subprocess.run(["unshare", "--pid", "--fork", "true"], check=False).returncode == 0 else [])
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


class Server:
    """The demo, its log in files of its own."""

    def __init__(self, *options, admin=True, log_in_one=False, stdout=None, env=None):
        self.folder = tempfile.mkdtemp()
        self.messages = os.path.join(self.folder, "messages")
        self.requests = self.messages if log_in_one else os.path.join(self.folder, "requests")
        command = [BINARY, DEMO, "--port", "0", *options]
        if admin:
            command += ["--admin-port", "0"]
        with open(self.messages, "ab") as messages, open(self.requests, "ab") as requests:
            self.process = subprocess.Popen(command, stdout=stdout or requests, stderr=messages,
                                            env={**os.environ, **(env or {})})
        self.port = int(self.wait_for_line(r"running on http://127\.0\.0\.1:(\d+)").group(1))
        self.admin = admin and int(
            self.wait_for_line(r"probes on http://127\.0\.0\.1:(\d+)").group(1))

    def text(self, path=None):
        with open(path or self.messages, encoding="utf-8") as file:
            return file.read()

    def wait_for_line(self, pattern, path=None):
        return wait_for(lambda: re.search(pattern, self.text(path)) or self.check_alive(),
                        f"{pattern} in {path or self.messages}")

    def check_alive(self):
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}:\n{self.text()}")

    def ask(self, path, port=None, method="GET", body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        finally:
            connection.close()

    def figures(self):
        return parse_exposition(self.ask("/metrics", self.admin)[1])

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        text = self.text(self.messages)
        shutil.rmtree(self.folder)
        return code, text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Figures(unittest.TestCase):
    def test_requests_are_counted_by_route_and_the_format_is_strict(self):
        with Server() as server:
            for _ in range(3):
                self.assertEqual(server.ask("/users/42?secret=x")[0], 200)
            self.assertEqual(server.ask("/no/such/path")[0], 404)
            self.assertEqual(server.ask("/plain", method="BREW")[0], 501)
            figures = server.figures()
            counts = figures["http_server_request_duration_seconds_count"]
            self.assertEqual(total(counts, http_route="/users/{user_id}", url_scheme="http",
                                   http_request_method="GET", network_protocol_version="1.1",
                                   http_response_status_code="200"), 3)
            self.assertEqual(total(counts, http_response_status_code="404"), 1)
            self.assertEqual(total(counts, http_request_method="_OTHER"), 1)
            self.assertNotIn("secret", str(figures))
            self.assertNotIn("/no/such", str(figures))
            for name in ("process_cpu_time_seconds_total", "capricorn_tasks",
                         "capricorn_eventloop_utilization_ratio", "capricorn_build_info",
                         "capricorn_threadpool_wait_seconds_count"):
                self.assertIn(name, figures)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool_has_nothing_against_it(self):
        with Server() as server:
            server.ask("/plain")
            text = server.ask("/metrics", server.admin)[1]
            subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)

    def test_workers_count_together_and_counts_outlive_a_worker(self):
        with Server("--workers", "2") as server:
            wait_for(lambda: len(json.loads(server.ask("/loop", server.admin)[1])["workers"]) == 2,
                     "two workers")
            for _ in range(20):
                server.ask("/plain")
            count = lambda: total(
                server.figures()["http_server_request_duration_seconds_count"], http_route="/plain")
            self.assertEqual(count(), 20)
            worker = json.loads(server.ask("/loop", server.admin)[1])["workers"][0]["pid"]
            os.kill(worker, signal.SIGKILL)
            wait_for(lambda: total(server.figures()["capricorn_worker_restarts_total"],
                                   reason="died") == 1, "the restart")
            self.assertEqual(count(), 20)

    @unittest.skipIf(SANITIZED, "that many threads are slow")
    def test_every_loop_counts_however_many_there_are(self):
        # There was room for 128: who reached another one had that one's figures for all.
        with Server("--workers", "1", "--loops", "130") as server:
            wait_for(lambda: server.text().count("running on") == 130, "130 loops")
            for _ in range(20):
                self.assertEqual(len(server.figures()["capricorn_tasks"]), 130)

    def test_counts_begin_anew_with_a_new_binary_and_its_start_time_says_so(self):
        with Server("--workers", "1") as server:
            server.ask("/plain")
            count = lambda figures: total(
                figures.get("http_server_request_duration_seconds_count", {}), http_route="/plain")
            before = server.figures()
            self.assertEqual(count(before), 1)
            started = total(before["process_start_time_seconds"])
            self.assertLess(abs(started - time.time()), 60)
            server.process.send_signal(signal.SIGUSR2)
            server.wait_for_line("Stopping parent process")
            try:
                after = server.figures()
                self.assertEqual(count(after), 0)
                self.assertGreater(total(after["process_start_time_seconds"]), started)
            finally:
                pids = re.findall(r"Started parent process \[(\d+)\]", server.text())
                os.kill(int(pids[-1]), signal.SIGTERM)
                wait_for(lambda: server.text().count("Stopping parent process") == 2, "its end")

    def test_without_an_admin_address_nothing_is_measured(self):
        with Server(admin=False) as server:
            server.ask("/plain")
            top = subprocess.run([BINARY, "top", "--once", str(server.process.pid)],
                                 capture_output=True, text=True, check=True, timeout=PATIENCE)
            self.assertIn("requests are not measured", top.stdout)


class Probes(unittest.TestCase):
    def test_probes_answer_and_the_access_log_has_none_of_it(self):
        with Server() as server:
            for probe in ("/livez", "/readyz", "/startupz"):
                self.assertEqual(server.ask(probe, server.admin)[0], 200)
            server.ask("/plain")
            server.wait_for_line(r"GET /plain", server.requests)
            self.assertNotIn("readyz", server.text(server.requests))

    def test_probes_never_fall_under_the_limit_of_requests(self):
        with Server("--limit-concurrency", "1", "--timeout-graceful-shutdown", "1") as server:
            waiting = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            waiting.request("GET", "/sleep?ms=8000")
            wait_for(lambda: server.ask("/plain")[0] == 503, "the limit")
            for probe in ("/livez", "/readyz", "/startupz", "/metrics"):
                self.assertEqual(server.ask(probe, server.admin)[0], 200)
            waiting.close()

    def test_a_unix_socket_is_the_owners_alone(self):
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "admin")
        try:
            with Server("--admin-uds", path, admin=False):
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
                connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
                connection.sock = socket.socket(socket.AF_UNIX)
                connection.sock.connect(path)
                connection.request("GET", "/readyz")
                self.assertEqual(connection.getresponse().status, 200)
                connection.close()
        finally:
            shutil.rmtree(folder)

    def test_readiness_goes_before_the_server_does(self):
        with Server("--shutdown-delay", "60") as server:
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: server.ask("/readyz", server.admin)[0] == 503, "readyz 503")
            self.assertEqual(server.ask("/plain")[0], 200)
            self.assertEqual(server.ask("/livez", server.admin)[0], 200)
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(PATIENCE), 0)

    def test_the_level_of_all_workers_logs_changes(self):
        with Server("--workers", "2") as server:
            answer = server.ask("/log-level", server.admin, "PUT", "warning")
            self.assertEqual(answer[0], 200)

            def quiet():
                before = len(server.text(server.requests))
                for _ in range(10):
                    server.ask("/plain")
                time.sleep(0.3)
                return len(server.text(server.requests)) == before

            wait_for(quiet, "no more lines")


    def test_a_reload_with_another_level_brings_that_one(self):
        # The one that /log-level had set came back a second later.
        with tempfile.NamedTemporaryFile("w+") as config:
            print("log_level = 'info'", file=config, flush=True)
            with Server("--workers", "1", "--config", config.name) as server:
                level = lambda: json.loads(server.ask("/log-level", server.admin)[1])["level"]
                self.assertEqual(server.ask("/log-level", server.admin, "PUT", "debug")[0], 200)
                server.process.send_signal(signal.SIGHUP)
                server.wait_for_line("Every worker is replaced")
                time.sleep(1.5)
                self.assertEqual(level(), "debug")
                config.seek(0)
                print("log_level = 'error'", file=config, flush=True)
                server.process.send_signal(signal.SIGHUP)
                wait_for(lambda: level() == "error", "the configuration's level")
                time.sleep(1.5)
                self.assertEqual(level(), "error")


class Commands(unittest.TestCase):
    def run_command(self, *arguments):
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def test_tasks_and_top_of_a_process(self):
        with Server() as server:
            pid = str(server.process.pid)
            tasks = self.run_command("tasks", pid)
            self.assertEqual(tasks.returncode, 0)
            self.assertRegex(tasks.stdout, r"HttpServer::main_loop\(\) at server\.cpp:\d+")
            top = self.run_command("top", "--once", pid)
            self.assertRegex(top.stdout, rf"{pid}\s+serving")

    def test_a_supervisor_tells_its_workers(self):
        with Server("--workers", "2") as server:
            pid = str(server.process.pid)
            wait_for(lambda: self.run_command("tasks", pid).stdout.count("Process ") == 2,
                     "two workers' tasks")
            self.assertEqual(self.run_command("top", "--once", pid).stdout.count("serving"), 2)

    def test_every_loop_of_a_process_is_told(self):
        with Server("--loops", "3") as server:
            pid = server.process.pid
            wait_for(lambda: server.text().count("running on") == 3, "three loops")
            tasks = self.run_command("tasks", str(pid)).stdout
            self.assertEqual(re.findall(r"^Loop (\d): \d+ tasks?$", tasks, re.M), ["0", "1", "2"])
            self.assertEqual(len(re.findall(r"HttpServer::main_loop\(\)", tasks)), 3)
            top = self.run_command("top", "--once", str(pid)).stdout
            self.assertEqual(re.findall(rf"^ *{pid}:(\d) +serving", top, re.M), ["0", "1", "2"])
            # Whichever of them is asked.
            for _ in range(12):
                loops = {task["loop"] for task in json.loads(server.ask("/tasks", server.admin)[1])["tasks"]}
                self.assertEqual(loops, {0, 1, 2})
            figures = json.loads(server.ask("/loop", server.admin)[1])
            self.assertEqual([worker["loop"] for worker in figures["workers"]], [0, 1, 2])
            self.assertEqual(["resident_bytes" in worker for worker in figures["workers"]],
                             [True, False, False])
            samples = server.figures()
            self.assertEqual(len(samples["capricorn_eventloop_utilization_ratio"]), 3)
            self.assertEqual(len(samples["process_resident_memory_bytes"]), 1)

    def test_a_loop_that_is_busy_is_named(self):
        with Server("--loops", "2", "--watchdog-timeout", "0") as server:
            wait_for(lambda: server.text().count("running on") == 2, "two loops")
            frozen = []

            def silent_loops():
                # One that accepts the question too before it freezes answers it late.
                if not frozen or not frozen[-1].is_alive():
                    frozen.append(threading.Thread(target=server.ask, args=("/frozen?ms=3000",)))
                    frozen[-1].start()
                    time.sleep(0.1)
                return json.loads(server.ask("/tasks", server.admin)[1])["silent_loops"]

            self.assertEqual(len(wait_for(silent_loops, "a loop that does not answer")), 1)
            frozen[-1].join()
            slow = json.loads(server.ask("/loop", server.admin)[1])
            self.assertEqual(slow["silent_loops"], [])

    @unittest.skipIf(SANITIZED or not sys.platform.startswith("linux"), "has no such tables")
    def test_threads_beside_the_loop_have_none_of_its_descriptors(self):
        with Server() as server:
            def descriptors(thread_name):
                for thread in glob.glob(f"/proc/{server.process.pid}/task/*"):
                    with open(f"{thread}/comm", encoding="utf-8") as name:
                        if name.read().strip() == thread_name:
                            yield set(map(int, os.listdir(f"{thread}/fd")))

            self.assertGreater(len(next(descriptors("capricorn"))), 5)
            for log in wait_for(lambda: (every := list(descriptors("log"))) and max(
                    map(len, every)) == 3 and every, "the logs' threads"):
                self.assertEqual(log, {0, 1, 2})
            # And what wakes the loop.
            wait_for(lambda: [len(own) for own in descriptors("watchdog")] == [4], "the watchdog's")

    @unittest.skipUnless(sys.platform.startswith("linux") and os.getuid() == 0, "needs another user")
    def test_another_users_process_is_not_taken_for_a_worker(self):
        # 1. Who has the name of a server's control socket says whose worker it is, and who it is.
        # 2. `capricorn tasks` of a supervisor, which asks all, printed what it said to root's terminal.
        with Server("--workers", "1") as server:
            stranger = subprocess.Popen(
                [sys.executable, "-c", f"""if True:
                    import os, socket
                    os.setuid(65534)
                    listening = socket.socket(socket.AF_UNIX)
                    space = os.readlink("/proc/self/ns/pid")
                    listening.bind("\\0capricorn-" + str(os.getpid()) + "." + space[5:-1])
                    listening.listen()
                    print("listening", flush=True)
                    while True:
                        client, _ = listening.accept()
                        asks = client.recv(9999)
                        body = b"fooled" if b"/tasks" in asks else b'{{"parent": {server.process.pid}}}'
                        if asks:
                            client.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n" + body)
                        client.close()"""], stdout=subprocess.PIPE, text=True)
            try:
                self.assertEqual(stranger.stdout.readline(), "listening\n")
                tasks = self.run_command("tasks", str(server.process.pid))
                self.assertIn("HttpServer::main_loop", tasks.stdout)
                self.assertNotIn("fooled", tasks.stdout)
                self.assertEqual(self.run_command("tasks", str(stranger.pid)).stdout, "fooled")
            finally:
                stranger.kill()
                stranger.wait()
                stranger.stdout.close()

    @unittest.skipUnless(APART, "needs root and util-linux")
    def test_another_containers_process_of_that_number_is_not_asked(self):
        # Two containers of a pod have one network, and so the names of their control sockets.
        apart = subprocess.Popen([*APART, BINARY, DEMO, "--port", "0", "--no-access-log"],
                                 stderr=subprocess.PIPE, text=True)
        try:
            line = next(line for line in apart.stderr if "Started server process" in line)
            while "running on" not in next(apart.stderr):
                continue
            number = re.search(r"\[(\d+)\]", line).group(1)
            asked = self.run_command("tasks", number)
            self.assertEqual(asked.stdout, "")
            self.assertIn(f"Process {number} does not answer", asked.stderr)
            children = pathlib.Path(f"/proc/{apart.pid}/task/{apart.pid}/children").read_text()
            there = subprocess.run(["nsenter", "--pid", "--mount", "--target", children.strip(), BINARY,
                                    "tasks", number], capture_output=True, text=True, check=False)
            self.assertIn("HttpServer::main_loop", there.stdout)
        finally:
            apart.kill()
            apart.wait()
            apart.stderr.close()

    def test_a_health_check_judges_the_answer_itself(self):
        hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"
        cases = {hints + hints + b"HTTP/1.1 200 OK\r\n\r\n": "",
                 hints + b"HTTP/1.1 503 Service Unavailable\r\n\r\n": "got 503.",
                 b"\x15\x03\x03\0\2\2\x46": "did not answer in HTTP.", hints: "did not answer in HTTP."}
        with socket.create_server(("127.0.0.1", 0)) as server:
            def answer():
                for text in cases:
                    with server.accept()[0] as client:
                        client.recv(9999)
                        client.sendall(text)

            answering = threading.Thread(target=answer, daemon=True)
            answering.start()
            for text, sentence in cases.items():
                done = self.run_command("healthcheck", "--url", f"http://127.0.0.1:{server.getsockname()[1]}/")
                self.assertEqual((done.returncode, bool(done.stderr)), (1, True) if sentence else (0, False), text)
                self.assertIn(sentence, done.stderr)
            answering.join()

    def test_who_is_no_server_is_told_so(self):
        for command in ("tasks", "top"):
            answer = self.run_command(command, str(os.getpid()))
            self.assertEqual(answer.returncode, 1)
            self.assertIn("does not answer", answer.stderr)
            self.assertEqual(self.run_command(command, "x").returncode, 1)

    def test_each_command_has_help(self):
        for command in ("dev", "new", "check", "healthcheck", "settings", "tasks", "top"):
            answer = self.run_command(command, "--help")
            self.assertEqual(answer.returncode, 0, command)
            self.assertIn(command, answer.stdout)


class Clock(unittest.TestCase):
    @unittest.skipIf(SANITIZED or not sys.platform.startswith("linux"), "cannot be preloaded")
    def test_a_wall_clock_that_jumps_moves_no_deadline(self):
        with tempfile.NamedTemporaryFile() as file:
            def jump(seconds):
                with open(file.name, "r+b") as jumped:
                    jumped.write(struct.pack("q", seconds))

            jump(0)
            env = {"LD_PRELOAD": CLOCK_JUMP, "CLOCK_JUMP": file.name}
            with Server("--workers", "1", "--timeout-handler", "10", "--timeout-keep-alive", "30",
                        env=env) as server:
                idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
                idle.request("GET", "/plain")
                idle.getresponse().read()
                for seconds in (90000, -90000):
                    running = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
                    running.request("GET", "/sleep?ms=1500")
                    began = time.monotonic()
                    jump(seconds)
                    wait_for(lambda: abs(date_of(server) - time.time() - seconds) < 60, "the date")
                    idle.request("GET", "/plain")
                    self.assertEqual(idle.getresponse().read(), b"Hello, World!")
                    self.assertEqual(running.getresponse().status, 200)
                    self.assertGreater(time.monotonic() - began, 1.4)
                    running.close()
                self.assertEqual(total(server.figures()["capricorn_worker_restarts_total"]), 0)
                self.assertNotIn("has not answered", server.text())
                idle.close()
                self.assertEqual(server.stop()[0], 0)


def date_of(server):
    return email.utils.parsedate_to_datetime(server.ask("/plain")[2]["date"]).timestamp()


class Log(unittest.TestCase):
    def test_json_has_an_object_a_line_and_the_trace(self):
        with Server("--log-format", "json", admin=False) as server:
            server.ask("/users/42?token=abc", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
            server.ask("/plain")
            server.wait_for_line(r"/plain", server.requests)
            lines = [json.loads(line) for line in server.text(server.requests).splitlines()]
            self.assertEqual(lines[0]["trace_id"], TRACE)
            self.assertEqual(lines[0]["query"], "token=***")
            self.assertEqual(lines[0]["status"], 200)
            self.assertEqual(lines[0]["route"], "/users/{user_id}")
            self.assertGreater(lines[0]["bytes"], 0)
            self.assertRegex(lines[1]["trace_id"], r"^[0-9a-f]{32}$")
            self.assertNotEqual(lines[1]["trace_id"], TRACE)
            for line in server.text().splitlines():
                self.assertIn(json.loads(line)["level"], ("info", "warning"))

    def test_a_format_of_gunicorns_atoms(self):
        line = '%(h)s "%(r)s" %(s)s %(B)s %({content-type}o)s %({cookie}i)s'
        with Server("--access-log-format", line, admin=False) as server:
            server.ask("/plain", headers={"cookie": "id=1"})
            found = server.wait_for_line(r".*\n", server.requests).group()
            self.assertEqual(found, '127.0.0.1 "GET /plain HTTP/1.1" 200 13 '
                                    'text/plain; charset=utf-8 ***\n')

    def test_in_one_file_every_line_has_its_place(self):
        with Server(admin=False, log_in_one=True) as server:
            for _ in range(50):
                server.ask("/plain")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(PATIENCE), 0)
            text = server.text()
            self.assertEqual(text.count("GET /plain"), 50)
            self.assertLess(text.rindex("GET /plain"), text.index("Shutting down"))
            self.assertLess(text.index("Shutting down"), text.index("Finished server process"))

    def test_files_are_opened_again_at_sigusr1(self):
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "access.log")
        try:
            with Server("--access-log-file", path, admin=False) as server:
                server.ask("/plain")
                server.wait_for_line("GET /plain", path)
                os.rename(path, path + ".1")
                server.process.send_signal(signal.SIGUSR1)
                wait_for(lambda: os.path.exists(path), "the new file")
                server.ask("/users/42")
                server.wait_for_line("GET /users/42", path)
                self.assertNotIn("users", server.text(path + ".1"))
        finally:
            shutil.rmtree(folder)

    def test_a_full_disk_and_a_fifo_that_nobody_reads_stop_nothing(self):
        folder = tempfile.mkdtemp()
        fifo = os.path.join(folder, "fifo")
        os.mkfifo(fifo)
        try:
            for path in ("/dev/full", fifo):
                if not os.path.exists(path):
                    continue
                with self.subTest(path), Server("--access-log-file", path) as server:
                    connection = http.client.HTTPConnection("127.0.0.1", server.port)
                    for _ in range(2000):
                        connection.request("GET", "/plain")
                        self.assertEqual(connection.getresponse().read(), b"Hello, World!")
                    connection.close()
                    if path != fifo:
                        wait_for(lambda: total(server.figures()["capricorn_log_lines_dropped_total"])
                                 > 0, "dropped lines")
                    self.assertEqual(server.stop()[0], 0)
        finally:
            shutil.rmtree(folder)

    def test_a_file_that_cannot_be_opened_is_exit_code_1(self):
        for workers in ("0", "2"):
            answer = subprocess.run(
                [BINARY, DEMO, "--port", "0", "--workers", workers, "--log-file", "/no/such/log"],
                capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(answer.returncode, 1)
            self.assertIn("cannot open the log file '/no/such/log'", answer.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
