# SPDX-License-Identifier: MIT
"""The load test's client against a real server, in each of its ways:
load_client_test.py LOAD CAPRICORN DEMO.SO."""
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "loadtest"))
from bench.processes import (cpu, free_port, make_certificate, resident_bytes, spawn, stop,  # pylint: disable=wrong-import-position
                             wait_until_ready)

LOAD, CAPRICORN, DEMO = sys.argv[1:4]


class LoadClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        certificate = make_certificate(cls.scratch.name)
        cls.servers = {name: cls.start(name, more) for name, more in
                       (("plain", []), ("tls", ["--ssl-certfile", certificate]))}

    @classmethod
    def start(cls, name, more):
        port = free_port()
        server = spawn(name, [CAPRICORN, DEMO, "--port", port, "--no-access-log", *more], port,
                       Path(cls.scratch.name, name))
        wait_until_ready(server)
        return server

    @classmethod
    def tearDownClass(cls):
        stop(list(cls.servers.values()))
        cls.scratch.cleanup()

    def load(self, *arguments, server="plain", seconds="0.3"):
        port = self.servers[server].port
        done = subprocess.run([LOAD, "--port", str(port), "--seconds", seconds, *arguments],
                              capture_output=True, text=True, check=True, timeout=60)
        outcome = json.loads(done.stdout)
        self.assertGreater(outcome["answers"], 0)
        self.assertEqual(outcome["lost"], 0)
        self.assertLessEqual(outcome["latency_us"]["p50"], outcome["latency_us"]["max"])
        return outcome

    def test_counts_what_the_server_answers(self):
        self.assertEqual(self.load("--connections", "8")["refused"], 0)
        self.assertEqual(self.load("--pipeline", "16")["answers"] % 16, 0)

    def test_counts_answers_that_are_no_success(self):
        request = Path(self.scratch.name, "request")
        request.write_bytes(b"GET /nothing-here HTTP/1.1\r\nHost: localhost\r\n\r\n")
        outcome = self.load("--request", str(request))
        self.assertEqual(outcome["refused"], outcome["answers"])

    def test_keeps_the_rate(self):
        outcome = self.load("--rate", "500", seconds="1")
        self.assertLessEqual(outcome["answers"], 501)
        self.assertGreaterEqual(outcome["answers"] + outcome["unsent"], 400)

    def test_times_a_request_from_when_it_was_due(self):
        # One connection, 100 a second, and each takes 50 ms: the last of a second waits for seconds.
        request = Path(self.scratch.name, "slow")
        request.write_bytes(b"GET /sleep?ms=50 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        outcome = self.load("--request", str(request), "--rate", "100", "--connections", "1",
                            seconds="1")
        self.assertLessEqual(outcome["answers"], 20)
        self.assertGreater(outcome["latency_us"]["max"], 500_000)
        self.assertGreater(outcome["unsent"], 70)

    def test_a_server_that_stalls_until_the_end_cannot_hide_it(self):
        # 100 a second, of which the server answers the first 30: the others wait for up to 0.7 s.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = subprocess.Popen(
                [LOAD, "--port", str(listener.getsockname()[1]), "--connections", "1", "--rate", "100",
                 "--seconds", "1"], stdout=subprocess.PIPE, text=True)
            connection = listener.accept()[0]
            for _ in range(30):
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            outcome = json.loads(client.communicate(timeout=30)[0])
            connection.close()
        self.assertEqual(outcome["answers"], 30)
        self.assertGreater(outcome["latency_us"]["p90"], 400_000)
        self.assertGreater(outcome["latency_us"]["p99"], 600_000)

    def test_its_own_pause_is_not_the_servers(self):
        client = subprocess.Popen([LOAD, "--port", str(self.servers["plain"].port), "--rate", "100", "--seconds", "1"],
                                  stdout=subprocess.PIPE, text=True)
        time.sleep(0.7)
        client.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        client.send_signal(signal.SIGCONT)
        outcome = json.loads(client.communicate(timeout=30)[0])
        self.assertEqual(outcome["unsent"], 0)  # 64 connections were free
        self.assertGreater(outcome["latency_us"]["max"], 200_000)

    def test_takes_no_number_that_cannot_be(self):
        for name, text in (("--port", "0"), ("--port", "80x"), ("--connections", "0"), ("--bytes", "0"),
                           ("--seconds", "soon"), ("--rate", "-1"), ("--pipeline", "")):
            done = subprocess.run([LOAD, "--port", "9", "--protocol", "echo", name, text],
                                  capture_output=True, text=True, check=False, timeout=10)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{name} takes a number of ", done.stderr)

    def test_refuses_what_does_not_go_together(self):
        for more in (("--rate", "100"), ("--hold", "yes")):
            done = subprocess.run([LOAD, "--port", "9", "--connect", "each", *more], check=False,
                                  capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stderr[:6]), (2, "usage:"))

    def test_says_what_it_can_do(self):
        done = subprocess.run([LOAD, "--help"], capture_output=True, text=True, check=True, timeout=10)
        self.assertTrue(done.stdout.startswith("usage: load --port N"), done.stdout)

    def test_takes_no_word_that_it_does_not_know(self):
        for name, text in (("--tls", "no"), ("--connect", "once"), ("--hold", "no")):
            done = subprocess.run([LOAD, "--port", "9", name, text], capture_output=True, text=True, check=False,
                                  timeout=10, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stderr), (2, f'load: {name} knows no "{text}"\n'))

    def test_a_large_request_goes_over_tls(self):
        request, body = Path(self.scratch.name, "large"), b"x" * (900 << 10)
        request.write_bytes(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                            + str(len(body)).encode() + b"\r\n\r\n" + body)
        self.load("--request", str(request), "--connections", "2", "--tls", "full", server="tls",
                  seconds="1")

    def test_echoes_on_websockets(self):
        self.load("--protocol", "websocket", "--bytes", "100")

    def test_makes_a_connection_for_each_request(self):
        self.load("--connect", "each", "--connections", "4")

    def test_shakes_hands_in_full_or_resumes(self):
        full = self.load("--connect", "each", "--tls", "full", "--connections", "2", server="tls")
        self.assertEqual(full["resumed"], 0)
        again = self.load("--connect", "each", "--tls", "resume", "--connections", "2", server="tls",
                          seconds="1")
        self.assertGreaterEqual(again["resumed"], again["answers"] - 2)  # the first of each

    def test_holds_connections_until_its_input_ends(self):
        descriptors = Path(f"/proc/{self.servers['plain'].process.pid}/fd")
        client = subprocess.Popen(
            [LOAD, "--port", str(self.servers["plain"].port), "--connections", "300", "--hold", "yes"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(client.stdout.readline(), "holding\n")
        self.assertGreater(len(list(descriptors.iterdir())), 300)  # those of other tests may be left
        self.assertEqual(client.communicate(timeout=30)[0], "0\n")  # did not stay
        self.assertEqual(client.returncode, 0)

    def hold(self, answers, then_ends):
        """What a client tells that holds 20 connections at a server which answers so many of them and
        ends the others, and these too where `then_ends`."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = subprocess.Popen(
                [LOAD, "--port", str(listener.getsockname()[1]), "--connections", "20", "--hold", "yes"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            connections = [listener.accept()[0] for _ in range(20)]
            for number, connection in enumerate(connections):
                connection.recv(4096)
                if number < answers:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                else:
                    connection.close()
            begun = client.stdout.readline()
            for connection in connections:
                if then_ends:
                    connection.close()
            told = begun + client.communicate(timeout=30)[0]
            for connection in connections:
                connection.close()
        return told, client.returncode

    def test_holds_all_of_its_connections_or_none(self):
        self.assertEqual(self.hold(answers=12, then_ends=False), ("", 1))

    def test_tells_how_many_connections_did_not_stay(self):
        self.assertEqual(self.hold(answers=20, then_ends=True), ("holding\n20\n", 0))
        self.assertEqual(self.hold(answers=20, then_ends=False), ("holding\n0\n", 0))

    def test_tells_of_a_server_that_is_none(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
        done = subprocess.run([LOAD, "--port", str(port)], capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)

    def test_processor_time_and_memory_are_the_servers(self):
        pid = self.servers["plain"].process.pid
        before, began = cpu(pid), time.monotonic()
        self.load()
        used = (cpu(pid) - before).nanoseconds
        self.assertGreater(used, 1_000_000)
        self.assertLess(used, 1e9 * (time.monotonic() - began) * 2)
        self.assertGreater(resident_bytes(pid), 1 << 20)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
