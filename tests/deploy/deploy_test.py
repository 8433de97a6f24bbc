#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What deploy/ has is read by the programs it is for, where they are installed; and its command lines
are ones that the server takes.

usage: deploy_test.py CAPRICORN"""
import http.client
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

CAPRICORN = pathlib.Path(sys.argv[1]).resolve()
DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)


def ask(port, method):
    """The status, as soon as somebody listens there."""
    end = time.monotonic() + 20
    while True:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            client.request(method, "/pay")
            return client.getresponse().status
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        finally:
            client.close()


class Deploy(unittest.TestCase):
    @unittest.skipUnless(shutil.which("haproxy"), "HAProxy is not installed")
    def test_haproxy(self):
        checked = run("haproxy", "-c", "-f", DEPLOY / "haproxy.cfg")
        self.assertEqual(checked.returncode, 0, checked.stdout)

    @unittest.skipUnless(shutil.which("haproxy"), "HAProxy is not installed")
    def test_haproxy_asks_nobody_twice_for_what_may_be_done(self):
        # A replica that takes each request and ends without an answer.
        with socket.create_server(("127.0.0.1", 0)) as replica, tempfile.TemporaryDirectory() as folder:
            asked = []

            def take():
                while True:
                    try:
                        client, _ = replica.accept()
                    except OSError:
                        return
                    with client:
                        asked.append(client.recv(65536))

            taker = threading.Thread(target=take, daemon=True)
            taker.start()
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            text = (DEPLOY / "haproxy.cfg").read_text().replace("bind :8080", f"bind 127.0.0.1:{port}")
            text = re.sub(r"(?m)^    default-server .*\n", "", text)
            text = re.sub(r"server-template .*", f"server one 127.0.0.1:{replica.getsockname()[1]}", text)
            file = pathlib.Path(folder, "haproxy.cfg")
            file.write_text(text)
            with subprocess.Popen(["haproxy", "-f", file], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as proxy:
                try:
                    self.assertEqual(ask(port, "POST"), 502)
                    self.assertEqual(len(asked), 1)
                    self.assertEqual(ask(port, "GET"), 502)
                    self.assertGreater(len(asked), 2)
                finally:
                    proxy.terminate()
            replica.shutdown(socket.SHUT_RDWR)
            taker.join()

    @unittest.skipUnless(shutil.which("kubectl"), "kubectl is not installed")
    def test_kubernetes(self):
        built = run("kubectl", "kustomize", DEPLOY / "kubernetes")
        self.assertEqual(built.returncode, 0, built.stdout)
        kinds = set(re.findall(r"^kind: (\w+)$", built.stdout, re.M))
        self.assertEqual(kinds, {"Deployment", "Service", "PodDisruptionBudget",
                                 "HorizontalPodAutoscaler"})
        self.assertIn("image: registry.example.com/shop:0.1.0", built.stdout)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd(self):
        with tempfile.TemporaryDirectory() as folder:
            for unit in (DEPLOY / "systemd").iterdir():
                text = unit.read_text().replace("/usr/bin/capricorn", str(CAPRICORN))
                pathlib.Path(folder, unit.name).write_text(text.replace("man:capricorn(1)",
                                                                        "https://example.org"))
            verified = run("systemd-analyze", "verify", *pathlib.Path(folder).iterdir())
        self.assertEqual((verified.returncode, verified.stdout), (0, ""))

    def empty(self):
        return self.enterContext(tempfile.TemporaryDirectory())  # no file's name is a completion

    @unittest.skipUnless(shutil.which("bash"), "bash is not installed")
    def test_completion_knows_the_words_of_each_command(self):
        script = DEPLOY.parent / "packaging/capricorn.bash"
        for typed, expected in (("he", "healthcheck help"), ("--ssl-ce", "--ssl-cert-reqs --ssl-certfile"),
                                ("--on", ""), ("top --", "--once"), ("dev --cx", "--cxxflags"),
                                ("healthcheck --", "--cacert --help --insecure --timeout --uds --url")):
            words = ["capricorn", *typed.split(" ")]
            done = run("bash", "-c", f"source {script}; COMP_WORDS=({' '.join(words)}); "
                       f'COMP_CWORD={len(words) - 1}; _capricorn; echo "${{COMPREPLY[*]}}"', cwd=self.empty(),
                       env={"PATH": f"{CAPRICORN.parent}:/usr/bin:/bin"})
            self.assertEqual(done.stdout.rstrip("\n"), expected, typed)

    def test_the_options_are_the_servers(self):
        known = run(CAPRICORN, "--help").stdout
        for file in ("compose.yaml", "kubernetes/deployment.yaml"):
            options = re.findall(r"^ +- (--[a-z-]+)(?==|$)", (DEPLOY / file).read_text(), re.M)
            self.assertGreater(len(options), 2, file)
            for option in options:
                self.assertRegex(known, rf"(?m)^  (--\S+ / )?{option}\b", file)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
