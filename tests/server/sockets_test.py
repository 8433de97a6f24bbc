#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The server's sockets as its neighbours see them: several addresses, Unix sockets, descriptors that
others open, descriptors that run out, the PROXY protocol; and a program with a main of its own.

usage: sockets_test.py CAPRICORN OWN_MAIN DEMO_SO"""
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

CAPRICORN, OWN_MAIN, DEMO = sys.argv[1:4]
GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"

with open(OWN_MAIN, "rb") as program:
    SANITIZED = b"__ubsan_handle" in program.read()


class Server:
    """OWN_MAIN with these options, until the end of the block; `urls` is where it says it runs."""

    def __init__(self, *options, command=(OWN_MAIN,), expected=1, **popen):
        self.expected = expected
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, **popen)
        self.urls, self.log = [], []

    def __enter__(self):
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r"running on (?:https?://|unix socket )(\S+)", line):
                self.urls.append(found.group(1))
            # One line an address, and nothing behind them until a request comes.
            if len(self.urls) == self.expected:
                return self
        raise AssertionError("it did not start: " + "".join(self.log))

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.log += self.process.stderr.readlines()
        self.code = self.process.wait(20)
        self.process.stderr.close()

    def port(self, index=0):
        return int(self.urls[index].rsplit(":", 1)[1])


def serving(count, *options, **popen):
    return Server(*options, expected=count, **popen)


def connect(address, source=None):
    family = socket.AF_UNIX if isinstance(address, str) else (
        socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    client = socket.socket(family)
    client.settimeout(10)
    if source:
        client.bind(source)
    try:
        client.connect("\0" + address[1:] if address[:1] == "@" else address)
    except OSError:
        client.close()
        raise
    return client


def read_all(client):
    answer = b""
    try:
        while piece := client.recv(65536):
            answer += piece
    except ConnectionResetError:
        pass
    client.close()
    return answer.decode()


def ask(address, request=GET, source=None):
    """The body, which is what the application was told; "" where there is no answer."""
    client = connect(address, source)
    client.sendall(request)
    return read_all(client).partition("\r\n\r\n")[2]


def refusal(*command, code=1):
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == code, (done.returncode, done.stderr)
    return done.stderr


class Sockets(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_each_bind_is_listened_on(self):
        path = self.path("app.sock")
        abstract = "@capricorn-test-%d" % os.getpid()
        with serving(4, "--bind", "127.0.0.1:0", "--bind", "[::1]:0", "--bind", "unix:" + path,
                     "--bind", "unix:" + abstract, "--uds-permissions", "600") as server:
            self.assertTrue(ask(("127.0.0.1", server.port(0))).startswith("127.0.0.1 "))
            self.assertTrue(server.urls[1].startswith("[::1]:"))
            self.assertTrue(ask(("::1", server.port(1))).startswith("::1 "))
            self.assertEqual(ask(path), " 0 http x / none")
            self.assertEqual(ask(abstract), " 0 http x / none")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(server.code, 0)
        self.assertFalse(os.path.exists(path))

    def test_all_of_the_machine_is_both_families_on_one_port(self):
        with serving(2, "--bind", ":0") as server:
            self.assertEqual(server.port(0), server.port(1))
            self.assertTrue(ask(("127.0.0.1", server.port())).startswith("127.0.0.1 "))
            self.assertTrue(ask(("::1", server.port())).startswith("::1 "))

    def test_a_port_in_use_is_one_sentence_and_exit_1(self):
        with Server() as server:
            address = "127.0.0.1:%d" % server.port()
            text = refusal(OWN_MAIN, "--bind", address)
            self.assertRegex(text, r"address \('127\.0\.0\.1', %d\): address already in use"
                             % server.port())

    def test_several_loops_need_a_factory(self):
        text = refusal(OWN_MAIN, "--loops", "2")
        self.assertIn("--loops needs an application for each loop: call run with a function", text)
        with serving(2, "--loops", "2", env=os.environ | {"FACTORY": "works"}) as server:
            self.assertEqual(len(set(server.urls)), 1)
            for _ in range(10):
                self.assertTrue(ask(("127.0.0.1", server.port())).startswith("127.0.0.1 "))

    def test_a_factory_that_throws_is_one_sentence_and_exit_3(self):
        for loops in ("1", "2"):
            failed = subprocess.run([OWN_MAIN, "--loops", loops], capture_output=True, text=True,
                                    env=os.environ | {"FACTORY": "throws"}, timeout=60, check=False)
            self.assertEqual(failed.returncode, 3)
            self.assertIn("Error loading application: its factory threw: no database", failed.stderr)

    def test_a_unix_socket_is_replaced_only_where_nobody_listens(self):
        path = self.path("app.sock")
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(path)
        stale.close()
        os.chmod(path, 0o640)
        with Server("--uds", path):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
            self.assertIn("address already in use", refusal(OWN_MAIN, "--uds", path))
            self.assertEqual(ask(path), " 0 http x / none")
        with open(path, "w") as file:
            file.write("text")
        self.assertIn("it is no socket", refusal(OWN_MAIN, "--uds", path))

    def test_a_name_that_is_too_long_is_told(self):
        # Of an abstract one the sentence ended with its first byte, a null; the server crashed.
        for name in ("@" + 200 * "x", "/tmp/" + 200 * "x"):
            text = refusal(OWN_MAIN, "--bind", "unix:" + name)
            self.assertIn(f"[Errno 36] unix socket '{name}': file name too long\n", text)

    def test_an_inherited_descriptor_is_served(self):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            fd = listening.fileno()
            address = listening.getsockname()
            for option in ("--fd", "--bind"):
                value = str(fd) if option == "--fd" else "fd://%d" % fd
                with Server(option, value, pass_fds=[fd]):
                    self.assertTrue(ask(address).startswith("127.0.0.1 "))
        self.assertIn("bad file descriptor", refusal(OWN_MAIN, "--fd", "99"))

    def passed(self, *options, names=""):
        """OWN_MAIN as systemd would start it, with two sockets passed."""
        script = ('LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=%s exec "$0" "$@" 3<&%d 4<&%d'
                  % (names, self.sockets[0].fileno(), self.sockets[1].fileno()))
        return ["bash", "-c", script, OWN_MAIN, *options]

    def test_sockets_that_systemd_passes_are_served(self):
        self.sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        for one in self.sockets:
            self.addCleanup(one.close)
            os.set_inheritable(one.fileno(), True)
        first, second = (one.getsockname() for one in self.sockets)
        with serving(2, command=self.passed(names="web:admin"), close_fds=False) as server:
            self.assertEqual([server.port(0), server.port(1)], [first[1], second[1]])
            self.assertTrue(ask(first))
            self.assertTrue(ask(second))
        with serving(1, command=self.passed("--bind", "fd://admin", names="web:admin"),
                     close_fds=False) as server:
            self.assertEqual(server.port(), second[1])
        with serving(2, command=self.passed("--fd", "3"), close_fds=False) as server:
            self.assertEqual({server.port(0), server.port(1)}, {first[1], second[1]})

    def test_a_name_that_nobody_passed_is_told(self):
        self.assertIn("No socket named 'web' was passed",
                      refusal(OWN_MAIN, "--bind", "fd://web"))

    @unittest.skipUnless(shutil.which("systemd-socket-activate"), "systemd is not installed")
    def test_systemds_own_tool_passes_a_socket(self):
        path = self.path("activated.sock")
        command = ["systemd-socket-activate", "-l", path, "--fdname=web", OWN_MAIN,
                   "--bind", "fd://web"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while not os.path.exists(path) and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(ask(path), " 0 http x / none")
        finally:
            process.terminate()
            process.wait(20)

    @unittest.skipIf(SANITIZED, "UBSan opens pipes to look at memory, and none are left")
    def test_without_descriptors_accepting_pauses_and_goes_on(self):
        limit = 48
        with Server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                          (limit, limit))) as server:
            address = ("127.0.0.1", server.port())
            clients = [connect(address) for _ in range(2 * limit)]
            time.sleep(0.3)
            before = cpu_seconds(server.process.pid)
            time.sleep(1.2)
            self.assertLess(cpu_seconds(server.process.pid) - before, 0.2)
            for client in clients:
                client.close()
            self.assertTrue(ask(address).startswith("127.0.0.1 "))
        self.assertTrue(any("cannot accept connections" in line for line in server.log))

    @unittest.skipIf(SANITIZED, "UBSan opens pipes to look at memory, and none are left")
    def test_who_waits_for_a_descriptor_while_it_stops_is_answered(self):
        limit = 48
        with Server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                          (limit, limit))) as server:
            clients = [connect(("127.0.0.1", server.port())) for _ in range(limit + 10)]
            for client in clients[limit:]:
                client.sendall(GET)
            time.sleep(0.3)
            server.process.terminate()
            for client in clients[limit:]:
                self.assertTrue(read_all(client).startswith("HTTP/1.1 200 OK"))
            self.assertEqual(server.process.wait(20), 0)
            for client in clients[:limit]:
                client.close()

    def test_who_waits_for_a_descriptor_that_nobody_has_keeps_nothing_up(self):
        with Server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))) as server:
            client = connect(("127.0.0.1", server.port()))
            server.process.terminate()
            self.assertEqual(server.process.wait(10), 0)
            client.close()
        self.assertTrue(any("cannot accept connections" in line for line in server.log))

    def test_forwarded_fields_of_a_unix_sockets_client_count(self):
        path = self.path("app.sock")
        request = GET.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 203.0.113.9\r\n"
                              b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop\r\n\r\n")
        with Server("--uds", path):
            self.assertEqual(ask(path, request), "203.0.113.9 0 https shop / none")
        with Server("--uds", path, "--forwarded-allow-ips", "10.0.0.1") as server:
            self.assertEqual(ask(path, request), " 0 http x / none")
        self.assertTrue(any("Ignored the X-Forwarded-*" in line for line in server.log))


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare") and shutil.which("nsenter")
                     and subprocess.run(["unshare", "--pid", "--fork", "true"]).returncode == 0,
                     "needs root and util-linux")
class FirstProcess(unittest.TestCase):
    def test_it_waits_for_whoever_is_left(self):
        apart = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", OWN_MAIN)
        with Server(command=apart) as server:
            with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children") as file:
                first = int(file.read())
            left = ["nsenter", "--pid", "--target", str(first), "sh", "-c", "sleep 0.2 & sleep 0.2 &"]
            self.assertEqual(subprocess.run(left).returncode, 0)
            deadline = time.monotonic() + 10
            children = [0, 0]
            while len(children) > 1 and time.monotonic() < deadline:
                time.sleep(0.1)
                with open(f"/proc/{first}/task/{first}/children") as file:
                    children = file.read().split()
            # One child serves; nobody else is there, be it as a zombie.
            self.assertEqual(len(children), 1)
            self.assertTrue(ask(("127.0.0.1", server.port())).startswith("127.0.0.1 "))
            os.kill(first, signal.SIGTERM)
            self.assertEqual(server.process.wait(20), 0)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class ProxyProtocol(unittest.TestCase):
    LINE = b"PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n"

    def test_each_version_tells_the_client(self):
        addresses = bytes([203, 0, 113, 9, 198, 51, 100, 1]) + b"\xdc\x04\x01\xbb"
        binary = SIGNATURE + b"\x21\x11\x00\x0c" + addresses
        ssl = b"\x20\x00\x05\x01\x00\x00\x00\x00"
        secure = SIGNATURE + b"\x21\x11\x00\x14" + addresses + ssl
        with Server("--proxy-protocol") as server:
            address = ("127.0.0.1", server.port())
            self.assertEqual(ask(address, self.LINE + GET), "203.0.113.9 56324 http x / none")
            self.assertEqual(ask(address, binary + GET), "203.0.113.9 56324 http x / none")
            self.assertEqual(ask(address, secure + GET), "203.0.113.9 56324 https x / none")
            local = SIGNATURE + b"\x20\x00\x00\x00"
            self.assertTrue(ask(address, local + GET).startswith("127.0.0.1 "))

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_it_comes_before_tls_begins(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [folder + "/cert.pem", folder + "/key.pem"]
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days",
                            "2", "-out", files[0], "-keyout", files[1]], check=True,
                           capture_output=True)
            with Server("--proxy-protocol", "--ssl-certfile", files[0], "--ssl-keyfile",
                        files[1]) as server:
                client = connect(("127.0.0.1", server.port()))
                client.sendall(self.LINE)
                context = ssl.create_default_context(cafile=files[0])
                with context.wrap_socket(client, server_hostname="localhost") as secure:
                    secure.sendall(GET)
                    self.assertIn("203.0.113.9 56324 https", read_all(secure))

    def test_a_header_may_come_byte_by_byte(self):
        with Server("--proxy-protocol") as server:
            client = connect(("127.0.0.1", server.port()))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in self.LINE + GET:
                client.send(bytes([byte]))
            self.assertIn("203.0.113.9 56324 http", read_all(client))

    def test_a_bad_or_late_header_closes_the_connection(self):
        with Server("--proxy-protocol", "--timeout-headers", "0.3") as server:
            address = ("127.0.0.1", server.port())
            self.assertEqual(ask(address), "")
            self.assertEqual(ask(address, b"PROXY TCP4 1.2.3.4\r\n" + GET), "")
            client = connect(address)
            client.sendall(b"PROXY TCP4 ")
            begin = time.monotonic()
            self.assertEqual(read_all(client), "")
            self.assertLess(time.monotonic() - begin, 3)
        warnings = [line for line in server.log if "A PROXY protocol header of" in line]
        self.assertEqual(len(warnings), 3, server.log)

    def test_who_is_not_trusted_is_served_as_who_it_is(self):
        with Server("--proxy-protocol", "--forwarded-allow-ips", "127.0.0.2") as server:
            address = ("127.0.0.1", server.port())
            self.assertTrue(ask(address).startswith("127.0.0.1 "))
            self.assertEqual(ask(address, self.LINE + GET, source=("127.0.0.2", 0)),
                             "203.0.113.9 56324 http x / none")
            client = connect(address)
            client.sendall(self.LINE + GET)
            self.assertRegex(read_all(client), r"^HTTP/1.1 (400|501|505) ")

    def test_who_connected_before_a_stop_is_answered(self):
        with Server("--proxy-protocol") as server:
            client = connect(("127.0.0.1", server.port()))
            server.process.send_signal(signal.SIGTERM)
            for line in server.process.stderr:
                if "Shutting down" in line:
                    break
            client.sendall(self.LINE + GET)
            self.assertIn("203.0.113.9 56324 http", read_all(client))
            server.process.wait(10)
        self.assertEqual(server.code, 0)

    def test_a_stop_does_not_wait_for_a_header(self):
        with Server("--proxy-protocol") as server:
            client = connect(("127.0.0.1", server.port()))
            begin = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(read_all(client), "")
            server.process.wait(10)
            self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(server.code, 0)


class Programs(unittest.TestCase):
    def test_a_main_of_its_own_has_the_options(self):
        help_text = subprocess.run([OWN_MAIN, "--help"], capture_output=True, text=True).stdout
        self.assertTrue(help_text.startswith("Usage: " + os.path.basename(OWN_MAIN) + " [OPTIONS]"))
        self.assertIn("--port NUMBER", help_text)
        self.assertIn("[0]", help_text)
        self.assertIn("Did you mean --port?", refusal(OWN_MAIN, "--prot", "1"))
        self.assertIn("Unexpected argument", refusal(OWN_MAIN, "app.so"))

    def test_an_environment_file_is_the_applications(self):
        with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
            file.write("GREETING='good day'\nCAPRICORN_PORT=none\n")
            file.flush()
            with Server("--env-file", file.name) as server:
                self.assertTrue(ask(("127.0.0.1", server.port())).endswith("good day"))
            self.assertIn(":3: expected", refusal(OWN_MAIN, "--env-file", __file__))

    def test_so_many_requests_and_some_more_end_it(self):
        with Server("--limit-max-requests", "2", "--limit-max-requests-jitter", "3") as server:
            address = ("127.0.0.1", server.port())
            answered = 0
            try:
                while answered < 10 and ask(address):
                    answered += 1
            except ConnectionRefusedError:
                pass
            server.process.wait(10)
        self.assertEqual(server.code, 0)
        # Whoever connected before the stop is still answered.
        self.assertIn(answered, range(2, 9))

    def test_a_sigchld_that_is_inherited_ignored_is_not(self):
        # 1. Whoever starts the server ignores it, and so no end of a child is kept for anybody.
        # 2. `capricorn dev` took every compilation for a failure, an application every command.
        ignored = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            server = Server(DEMO, "--port", "0", command=(CAPRICORN,))
        finally:
            signal.signal(signal.SIGCHLD, ignored)
        with server:
            status = Path(f"/proc/{server.process.pid}/status").read_text()
            mask = int(re.search(r"^SigIgn:\s*(\w+)$", status, re.M)[1], 16)
            self.assertFalse(mask & 1 << (signal.SIGCHLD - 1))

    def test_check_tells_what_is_good_and_all_that_is_not(self):
        done = subprocess.run([CAPRICORN, "check", DEMO], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^ok: options\nok: application \S+: \d+ routes\n$")
        text = refusal(CAPRICORN, "check", "--port", "x", "--lifespan", "y", DEMO)
        self.assertEqual(text.count("Error: "), 2)
        text = refusal(CAPRICORN, "check", "--ssl-certfile", "/none.pem", "/none.so", code=3)
        self.assertIn("cannot read module", text)
        self.assertIn("/none.pem", text)

    def test_check_looks_at_the_log_files(self):
        with tempfile.TemporaryDirectory() as folder:
            good = Path(folder, "log")
            done = subprocess.run([CAPRICORN, "check", DEMO, "--log-file", str(good)],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertFalse(good.exists())
            for name in (folder, folder + "/none/"):
                done = subprocess.run([CAPRICORN, "check", DEMO, "--log-file", name],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"cannot open --log-file '{name}': Is a directory", done.stderr)
        for option in ("--log-file", "--access-log-file"):
            done = subprocess.run([CAPRICORN, "check", DEMO, option, "/nowhere/log"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"cannot open {option} '/nowhere/log': No such file", done.stderr)

    def test_what_could_not_be_printed_is_told(self):
        with open("/dev/full", "w") as full:
            for command in (["settings", "--format", "toml"], ["--help"], ["--version"]):
                done = subprocess.run([CAPRICORN, *command], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr,
                                 "Error: cannot write to standard output: No space left on device.\n")

    def test_a_slip_in_a_command_is_told(self):
        done = subprocess.run([CAPRICORN, "chek", DEMO], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr,
                         "Error: No such command: chek. Did you mean capricorn check?\n")

    def test_help_for_no_command_of_dev_is_a_mistake(self):
        dev = Path(__file__).resolve().parents[2] / "dev"
        for word, code in (("nosuch", 1), ("run", 0), ("", 0)):
            done = subprocess.run([dev, "help", word], capture_output=True, text=True)
            self.assertEqual(done.returncode, code, done.stderr)

    def test_the_version_is_uvicorns_line(self):
        done = subprocess.run([CAPRICORN, "--version"], capture_output=True, text=True)
        self.assertRegex(done.stdout, r"^Running capricorn \S+ with \S+ \S+ on \S+\n$")

    def test_every_command_is_listed(self):
        for words in (["help"], ["--help"]):
            text = subprocess.run([CAPRICORN, *words], capture_output=True, text=True).stdout
            for name in ("check", "healthcheck", "settings"):
                self.assertRegex(text, r"\n  %s " % name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=0)
