#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""HTTPS with clients that others wrote: openssl s_client, curl and, where it is installed, websockets.

usage: tls_test.py CAPRICORN DEMO

Exit code 77, which Meson counts as skipped, where openssl or curl is not installed."""
import asyncio
import datetime
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

if not (shutil.which("openssl") and shutil.which("curl")):
    sys.exit(77)
try:
    import websockets
except ImportError:
    # A python of the user's own hides the distribution's packages.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    websockets = None

CAPRICORN, DEMO = sys.argv[1:3]
failures = []


def check(what, true, seen=""):
    print(f"{'ok' if true else 'NOT OK'}: {what}", flush=True)
    if not true:
        failures.append(what)
        print(f"    {seen}", flush=True)


class Certificates:
    """A CA and what it signs, in a folder that is gone with it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", self["ca.key"], "-out", self["ca.pem"], "-days", "2",
                     "-subj", "/CN=Test CA")
        self.make("server", "localhost")
        self.make("one", "one.test")
        self.make("any", "*.any.test")
        self.make("client", "Ann", names=False)

    def __getitem__(self, name):
        return str(Path(self.folder.name, name))

    @staticmethod
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def make(self, file, name, names=True):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", self[file + ".key"], "-out", self[file + ".csr"],
                     "-subj", f"/CN={name}")
        extensions = self[file + ".ext"]
        Path(extensions).write_text(f"subjectAltName=DNS:{name}\n" if names
                                    else "extendedKeyUsage=clientAuth\n")
        self.openssl("x509", "-req", "-in", self[file + ".csr"], "-CA", self["ca.pem"],
                     "-CAkey", self["ca.key"], "-CAcreateserial", "-days", "2",
                     "-extfile", extensions, "-out", self[file + ".pem"])

    def issue(self, *revoked, seconds=86400):
        """`crl.pem`, where these are revoked, for so long, and `server.ocsp`."""
        index, settings = self["index"], self["ca.conf"]
        lines = ""
        for name in {"server", *revoked}:
            number = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", self[name + ".pem"]],
                                    capture_output=True, text=True, check=True).stdout
            number = number.strip().partition("=")[2]
            state = "R\t491231235959Z\t250101000000Z" if name in revoked else "V\t491231235959Z\t"
            lines += f"{state}\t{number}\tunknown\t/CN={name}\n"
        Path(index).write_text(lines)
        Path(index + ".attr").write_text("")
        Path(self["crlnumber"]).write_text("01\n")
        Path(settings).write_text(f"[ca]\ndefault_ca=one\n[one]\ndatabase={index}\n"
                                  f"crlnumber={self['crlnumber']}\ndefault_md=sha256\n")
        self.openssl("ca", "-gencrl", "-config", settings, "-cert", self["ca.pem"],
                     "-keyfile", self["ca.key"], "-crlsec", str(seconds), "-out", self["crl.pem"])
        self.openssl("ocsp", "-index", index, "-rsigner", self["ca.pem"], "-rkey", self["ca.key"],
                     "-CA", self["ca.pem"], "-issuer", self["ca.pem"], "-cert", self["server.pem"],
                     "-respout", self["server.ocsp"], "-ndays", "1")

    def issue_expired(self):
        """`server.ocsp` of yesterday; openssl makes none. False without the package for it."""
        try:
            from cryptography import x509
            from cryptography.hazmat.primitives import hashes, serialization
            from cryptography.x509 import ocsp
        except ImportError:
            return False
        ca, server = (x509.load_pem_x509_certificate(Path(self[name]).read_bytes())
                      for name in ("ca.pem", "server.pem"))
        key = serialization.load_pem_private_key(Path(self["ca.key"]).read_bytes(), None)
        now = datetime.datetime.now(datetime.timezone.utc)
        response = ocsp.OCSPResponseBuilder().add_response(
            server, ca, hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, now - datetime.timedelta(days=2),
            now - datetime.timedelta(days=1), None, None)
        response = response.responder_id(ocsp.OCSPResponderEncoding.NAME, ca).sign(
            key, hashes.SHA256())
        Path(self["server.ocsp"]).write_bytes(
            response.public_bytes(serialization.Encoding.DER))
        return True

    def make_short(self, file, seconds):
        """A client's certificate that is good for so long."""
        self.make(file, file, names=False)
        settings = self[file + ".conf"]
        Path(self[file + ".index"]).write_text("")
        Path(settings).write_text(f"[ca]\ndefault_ca=one\n[one]\ndatabase={self[file + '.index']}\n"
                                  f"new_certs_dir={self.folder.name}\nrand_serial=yes\n"
                                  "default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n")
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        self.openssl("ca", "-batch", "-notext", "-config", settings, "-cert", self["ca.pem"],
                     "-keyfile", self["ca.key"], "-in", self[file + ".csr"], "-startdate",
                     "250101000000Z", "-enddate", f"{end:%y%m%d%H%M%SZ}", "-out", self[file + ".pem"])
        return end

    def certificate(self, name="server"):
        return ["--ssl-certfile", self[name + ".pem"], "--ssl-keyfile", self[name + ".key"]]


class Server:
    def __init__(self, *options):
        command = [CAPRICORN, DEMO, "--port", "0", "--no-use-colors", "--no-access-log", *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.url = ""
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.search(r"running on (\S+) ", line):
                self.url = found[1]
                break
        self.port = int(self.url.rpartition(":")[2] or 0)
        threading.Thread(target=self.keep_lines, daemon=True).start()

    def keep_lines(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def wait_for(self, words, count=1, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if sum(words in line for line in self.lines) >= count:
                return True
            time.sleep(0.02)
        return False

    def log(self):
        return "".join(self.lines)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "never"
        check("it stops at SIGTERM", code == 0, code)


REQUEST = "GET /plain HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def s_client(server, *options, request=REQUEST):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
                           "-ign_eof", *options], input=request, capture_output=True, text=True,
                          timeout=20, check=False)
    return done.stdout + done.stderr


def curl(server, certificates, *options, path="/plain"):
    return subprocess.run(["curl", "-sS", "--max-time", "15", "--cacert", certificates["ca.pem"],
                           "--resolve", f"localhost:{server.port}:127.0.0.1", *options,
                           f"https://localhost:{server.port}{path}"],
                          capture_output=True, text=True, check=False)


def subject(server, *options):
    found = re.search(r"subject=CN = (\S+)", s_client(server, *options))
    return found[1] if found else ""


def serial(server):
    output = s_client(server, "-servername", "localhost")
    pem = re.search(r"-----BEGIN.*?-----END CERTIFICATE-----", output, re.DOTALL)
    return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=pem[0] if pem else "",
                          capture_output=True, text=True, check=False).stdout


def test_clients(certificates, server):
    check("the log says https", server.url.startswith("https://127.0.0.1:"), server.url)
    done = curl(server, certificates, "-w", "%{num_connects} %{ssl_verify_result}\n",
                "-o", "/dev/null", f"https://localhost:{server.port}/plain", "-o", "/dev/null")
    check("curl keeps its connection for a second request", done.stdout == "1 0\n0 0\n",
          done.stdout + done.stderr)
    done = curl(server, certificates, "--data-binary", "@" + certificates["large"],
                "-H", "content-type: application/json", path="/echo")
    check("a body of a megabyte comes back", len(done.stdout) > 1_000_000, done.stderr)
    done = curl(server, certificates, "--http1.1", "--tls-max", "1.2", "-w", "%{http_code}")
    check("curl over TLS 1.2", done.stdout.endswith("200"), done.stderr)
    for flag in ("-tls1", "-tls1_1"):
        output = s_client(server, flag, "-cipher", "ALL:@SECLEVEL=0")
        check(f"s_client {flag} is refused", "Cipher is (NONE)" in output, output[-500:])
    output = s_client(server, "-tls1_2", "-cipher", "ECDHE+AES:DHE:RSA:!AESGCM:@SECLEVEL=0")
    check("TLS 1.2 without AEAD is refused", "Cipher is (NONE)" in output, output[-500:])


def test_alpn(server):
    output = s_client(server, "-alpn", "h2,http/1.1")
    check("ALPN selects http/1.1", "ALPN protocol: http/1.1" in output, output[-500:])
    output = s_client(server, "-alpn", "http/1.0")  # as curl --http1.0
    check("ALPN takes http/1.0 where there is no other", "ALPN protocol: http/1.0" in output,
          output[-500:])
    output = s_client(server, "-alpn", "h2")
    check("an ALPN mismatch is an alert", "no application protocol" in output, output[-500:])
    output = s_client(server)
    check("no ALPN is served", "200 OK" in output, output[-500:])


def test_names(server):
    check("SNI chooses the certificate", subject(server, "-servername", "ONE.test") == "one.test")
    check("SNI: a wildcard", subject(server, "-servername", "x.any.test") == "*.any.test")
    check("SNI: an unknown name", subject(server, "-servername", "x.y.any.test") == "localhost")
    check("no SNI", subject(server, "-noservername") == "localhost")


def resumes(certificates, server, version, sessions=None):
    file = certificates["session" + version]
    if sessions is None:
        s_client(server, version, "-servername", "one.test", "-sess_out", file)
    output = s_client(server, version, "-servername", "one.test", "-sess_in", file)
    return "Reused, TLSv" in output and "200 OK" in output, output[-800:]


def test_resumption(certificates, server):
    for version in ("-tls1_2", "-tls1_3"):
        check(f"a session is resumed with {version}", *resumes(certificates, server, version))


async def echo(url, context):
    async with websockets.connect(url, ssl=context) as socket_:
        for text in ("hello", "x" * 100_000):
            await socket_.send(text)
            if await asyncio.wait_for(socket_.recv(), 10) != text:
                return False
    return True


def test_websocket(certificates, server):
    if websockets is None:
        return print("skipped: Python's websockets is not installed")
    context = ssl.create_default_context(cafile=certificates["ca.pem"])
    url = f"wss://localhost:{server.port}/ws"
    return check("a websocket over TLS", asyncio.run(echo(url, context)))


def test_strangers(server):
    lines = len(server.lines)
    for bytes_ in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 400, b"\0" * 400,
                   b"\x16\x03\x01\xff\xff" + b"x" * 400, b"SSH-2.0-x\r\n" * 20):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.settimeout(5)
            client.sendall(bytes_)
            begin = time.monotonic()
            answer = b""
            try:
                while piece := client.recv(1000):
                    answer += piece
            except ConnectionResetError:
                pass
            took = time.monotonic() - begin
        quick = took < 1 and len(answer) < 20
        # A record that is announced and not complete waits for the handshake's deadline.
        check(f"{bytes_[:12]!r} ends quickly and quietly", quick or bytes_[0] == 0x16,
              f"{took:.2f} s, {answer!r}")
    check("nothing of that is logged", len(server.lines) == lines, server.log())


def test_deadline(certificates):
    with Server(*certificates.certificate(), "--timeout-ssl-handshake", "1") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.settimeout(10)
            begin = time.monotonic()
            client.sendall(b"\x16\x03\x01")
            try:
                client.recv(1)
            except ConnectionResetError:
                pass
            took = time.monotonic() - begin
        check("a handshake's deadline is held", 0.9 < took < 3.5, f"{took:.1f} s")


def test_client_certificates(certificates):
    certificate = ["-cert", certificates["client.pem"], "-key", certificates["client.key"]]
    for mode, without in (("required", False), ("optional", True)):
        with Server(*certificates.certificate(), "--ssl-cert-reqs", mode,
                    "--ssl-ca-certs", certificates["ca.pem"]) as server:
            check(f"{mode}: a client with its certificate", "200 OK" in s_client(server, *certificate))
            check(f"{mode}: one without", ("200 OK" in s_client(server)) == without)
            check(f"{mode}: whom the server trusts is told",
                  "CN = Test CA" in s_client(server, *certificate).partition("Acceptable client")[2])
            for version in ("-tls1_2", "-tls1_3"):
                file = certificates[mode + version]
                s_client(server, version, *certificate, "-sess_out", file)
                output = s_client(server, version, *certificate, "-sess_in", file)
                check(f"{mode}: resumed with {version}", "Reused, TLSv" in output, output[-500:])


def test_expiry(certificates):
    end = certificates.make_short("short", 4)
    short = ["-cert", certificates["short.pem"], "-key", certificates["short.key"]]
    with Server(*certificates.certificate(), "--ssl-cert-reqs", "required",
                "--ssl-ca-certs", certificates["ca.pem"]) as server:
        sessions = {}
        for version in ("-tls1_2", "-tls1_3"):
            sessions[version] = certificates["short" + version]
            output = s_client(server, version, *short, "-sess_out", sessions[version])
            check(f"a certificate that is good for seconds, {version}", "200 OK" in output, output[-500:])
        time.sleep(max(0, (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) + 1.1)
        for version, file in sessions.items():
            output = s_client(server, version, *short, "-sess_in", file)
            check(f"once it has expired its session is not resumed, {version}", "200 OK" not in output
                  and "expired" in output, output[-500:])


def test_authority_of_the_same_name(certificates):
    """Its key was stolen, and it has another one under the name it had."""
    ann = ["-cert", certificates["client.pem"], "-key", certificates["client.key"]]
    authorities = certificates["authorities.pem"]
    Path(authorities).write_bytes(Path(certificates["ca.pem"]).read_bytes())
    with Server(*certificates.certificate(), "--ssl-cert-reqs", "required",
                "--ssl-ca-certs", authorities) as server:
        session = certificates["before.session"]
        check("whom the old key signed", "200 OK" in s_client(server, *ann, "-sess_out", session))
        certificates.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                             "-nodes", "-keyout", certificates["ca2.key"], "-out",
                             certificates["ca2.pem"], "-days", "2", "-subj", "/CN=Test CA")
        Path(authorities).write_bytes(Path(certificates["ca2.pem"]).read_bytes())
        check("another key is read", server.wait_for("TLS certificates reloaded."), server.log())
        check("and the session of before is not resumed",
              "200 OK" not in s_client(server, *ann, "-sess_in", session))


def test_loops(certificates):
    with Server(*certificates.certificate(), "--loops", "4") as server:
        session = certificates["loops.session"]
        s_client(server, "-sess_out", session)
        reused = sum("Reused, TLSv" in s_client(server, "-sess_in", session) for _ in range(8))
        check("a session is resumed with each of several loops", reused == 8, reused)


def test_revocation(certificates):
    ann = ["-cert", certificates["client.pem"], "-key", certificates["client.key"]]
    certificates.issue()
    with Server(*certificates.certificate(), "--ssl-cert-reqs", "required",
                "--ssl-ca-certs", certificates["ca.pem"],
                "--ssl-crlfile", certificates["crl.pem"]) as server:
        session = certificates["revoked.session"]
        check("whom no list names", "200 OK" in s_client(server, *ann, "-sess_out", session))
        certificates.issue("client")
        check("a new list is read", server.wait_for("TLS certificates reloaded."), server.log())
        check("whom it names is refused", "200 OK" not in s_client(server, *ann))
        check("and does not resume what was before",
              "200 OK" not in s_client(server, *ann, "-sess_in", session))
        certificates.issue()
        check("and is let in by the next", server.wait_for("TLS certificates reloaded.", 2)
              and "200 OK" in s_client(server, *ann), server.log())
        certificates.issue(seconds=5)
        end = time.monotonic() + 6.1
        server.process.send_signal(signal.SIGHUP)
        check("a list for seconds is read", server.wait_for("TLS certificates reloaded.", 3), server.log())
        check("and good for so long", "200 OK" in s_client(server, *ann, "-sess_out", session))
        time.sleep(max(0, end - time.monotonic()))
        check("once it has expired no session is resumed",
              "200 OK" not in s_client(server, *ann, "-sess_in", session))
        certificates.issue()


def test_stapling(certificates):
    certificates.issue()
    with Server(*certificates.certificate(),
                "--ssl-ocsp-response", certificates["server.ocsp"]) as server:
        output = s_client(server, "-status")
        check("the response is stapled", "OCSP Response Status: successful" in output, output)
        check("and says that all is well", "Cert Status: good" in output)
        Path(certificates["server.ocsp"]).write_text("garbage")
        check("a bad one is told", server.wait_for("The certificates in use are kept."), server.log())
        check("and the old one kept", "Cert Status: good" in s_client(server, "-status"))
        certificates.issue("server")
        check("a new one is read", server.wait_for("TLS certificates reloaded."), server.log())
        check("and stapled", "Cert Status: revoked" in s_client(server, "-status"))
    if certificates.issue_expired():
        with Server(*certificates.certificate(),
                    "--ssl-ocsp-response", certificates["server.ocsp"]) as server:
            output = s_client(server, "-status")
            check("what has expired is not shown", "response: no response sent" in output, output)
        certificates.issue()
    with Server(*certificates.certificate(), "--ssl-ocsp-response", certificates["server.ocsp"],
                "--ssl-sni", f"one.test={certificates['one.pem']},{certificates['one.key']}") as server:
        output = s_client(server, "-status", "-servername", "one.test")
        check("nor with another certificate", "OCSP response: no response sent" in output, output)


def test_reload(certificates, server):
    kept = http_connection(certificates, server)
    before = serial(server)
    good = {name: Path(certificates[name]).read_bytes() for name in ("server.pem", "server.key")}
    Path(certificates["server.pem"]).write_text("garbage")
    check("a bad certificate is told", server.wait_for("The certificates in use are kept."),
          server.log())
    check("and the old one is kept", serial(server) == before)
    Path(certificates["server.pem"]).write_bytes(good["server.pem"])
    check("the good one is read again", server.wait_for("TLS certificates reloaded."), server.log())
    check("sessions are resumed across a reload", *resumes(certificates, server, "-tls1_3", "old"))
    certificates.make("server", "localhost")
    check("a new certificate is read when the files change",
          server.wait_for("TLS certificates reloaded.", 2), server.log())
    after = serial(server)
    check("and shown", after not in ("", before), after)
    certificates.make("server", "localhost")
    server.process.send_signal(signal.SIGHUP)
    check("SIGHUP reads them at once", server.wait_for("TLS certificates reloaded.", 3, 1),
          server.log())
    check("and they are shown", serial(server) not in ("", after))
    kept.sendall(b"GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n")
    check("a connection from before is served", kept.recv(12) == b"HTTP/1.1 200")
    kept.close()


def http_connection(certificates, server):
    context = ssl.create_default_context(cafile=certificates["ca.pem"])
    plain = socket.create_connection(("127.0.0.1", server.port))
    connection = context.wrap_socket(plain, server_hostname="localhost")
    connection.settimeout(10)
    connection.sendall(b"GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n")
    connection.recv(65536)
    return connection


def healthcheck(url, *options):
    return subprocess.run([CAPRICORN, "healthcheck", "--url", url, *options], capture_output=True,
                          text=True, timeout=20, check=False)


def test_healthcheck(certificates):
    path = certificates["app.sock"]
    with Server(*certificates.certificate(), "--bind", "127.0.0.1:0", "--bind", f"unix:{path}") as server:
        ca = ["--cacert", certificates["ca.pem"]]
        url = f"https://localhost:{server.port}/plain"
        for what, done, code, words in (
                ("a certificate that is trusted", healthcheck(url, *ca), 0, ""),
                ("one that is not", healthcheck(url), 1, "CERTIFICATE_VERIFY_FAILED"),
                ("but taken", healthcheck(url, "--insecure"), 0, ""),
                ("of another name", healthcheck(url.replace("localhost", "127.0.0.1"), *ca), 1,
                 "not valid for '127.0.0.1'"),
                ("a Unix socket", healthcheck("https://localhost/plain", "--uds", path, *ca), 0, ""),
                ("a Unix socket that is not there",
                 healthcheck("http://localhost/", "--uds", path + "x"), 1, "No such file"),
                ("a bad status", healthcheck(url + "x", *ca), 1, "from 200 to 399, got 404"),
                ("plain HTTP to it", healthcheck(url.replace("https", "http")), 1, "did not answer in HTTP"),
                ("no URL", healthcheck("ftp://x"), 1, "expected http[s]://host:port/path")):
            check(f"healthcheck, {what}", done.returncode == code and words in done.stderr
                  and done.stderr.count("\n") == (code != 0), f"{done.returncode} {done.stderr}")


def test_mistakes(certificates):
    key, pem = certificates["server.key"], certificates["server.pem"]
    encrypted = certificates["encrypted.key"]
    certificates.openssl("ec", "-in", key, "-aes256", "-passout", "pass:secret", "-out", encrypted)
    for options, code, words in (
            (["--ssl-certfile", "/nowhere.pem"], 3, "/nowhere.pem: No such file or directory"),
            (["--ssl-certfile", pem, "--ssl-keyfile", certificates["one.key"]], 3,
             "key values mismatch"),
            (["--ssl-certfile", pem], 3,
             f"there is no private key in '{pem}', and --ssl-keyfile is missing"),
            (["--ssl-certfile", pem, "--ssl-keyfile", encrypted], 3,
             f"the key in '{encrypted}' needs a password, and --ssl-keyfile-password is missing"),
            ([*certificates.certificate(), "--ssl-sni", "one.test=" + pem], 3,
             f"there is no private key in '{pem}', and the keyfile of --ssl-sni is missing"),
            (["--ssl-keyfile", key], 1, "--ssl-keyfile needs --ssl-certfile"),
            (["--ssl-keyfile-password", "x"], 1, "--ssl-keyfile-password needs --ssl-certfile"),
            (["--ssl-min-version", "1.3"], 1, "--ssl-min-version needs --ssl-certfile"),
            (["--ssl-ciphers", "AES128"], 1, "--ssl-ciphers needs --ssl-certfile"),
            (["--ssl-ca-certs", key], 1, "--ssl-ca-certs needs --ssl-certfile"),
            (["--ssl-crlfile", key], 1, "--ssl-crlfile needs --ssl-certfile"),
            (["--ssl-ocsp-response", key], 1, "--ssl-ocsp-response needs --ssl-certfile"),
            (["--ssl-cert-reqs", "required"], 1, "--ssl-cert-reqs needs --ssl-certfile"),
            (["--ssl-sni", f"x={key},{key}"], 1, "--ssl-sni needs --ssl-certfile"),
            ([*certificates.certificate(), "--ssl-cert-reqs", "required"], 3,
             "--ssl-cert-reqs required needs --ssl-ca-certs"),
            ([*certificates.certificate(), "--ssl-ciphers", "nonsense"], 3,
             "No cipher can be selected"),
            ([*certificates.certificate(), "--ssl-sni", "a.*.b=" + pem + "," + key], 3,
             "Expected a host name"),
            ([*certificates.certificate(), "--ssl-crlfile", certificates["crl.pem"]], 3,
             "--ssl-crlfile needs --ssl-ca-certs"),
            ([*certificates.certificate(), "--ssl-ca-certs", certificates["ca.pem"],
              "--ssl-crlfile", pem], 3, "Cannot load --ssl-crlfile"),
            ([*certificates.certificate(), "--ssl-ocsp-response", pem], 3,
             "Cannot staple --ssl-ocsp-response"),
            ([*certificates.certificate("one"), "--ssl-ocsp-response", certificates["server.ocsp"]],
             3, "is for another certificate"),
            ([*certificates.certificate(), "--ssl-sni", "nonsense"], 1, "host=certfile,keyfile"),
            ([*certificates.certificate(), "--ssl-cert-reqs", "maybe"], 1, "required"),
            ([*certificates.certificate(), "--ssl-min-version", "1.1"], 1, "1.2")):
        done = subprocess.run([CAPRICORN, DEMO, "--port", "0", "--no-use-colors", *options],
                              capture_output=True, text=True, timeout=20, check=False)
        errors = [line for line in done.stderr.splitlines() if "INFO" not in line]
        lines = 2 if code == 1 else 1  # the command line's mistakes end with where to find help
        check(f"{options[-2]} {Path(options[-1]).name}: {code}, one sentence",
              done.returncode == code and len(errors) == lines and words in errors[0],
              f"{done.returncode} {done.stderr}")
    with Server("--ssl-certfile", pem, "--ssl-keyfile", encrypted,
                "--ssl-keyfile-password", "secret") as server:
        check("an encrypted key", "200 OK" in s_client(server))


def main():
    certificates = Certificates()
    Path(certificates["large"]).write_text('{"a": "' + "x" * 1_000_000 + '"}')
    sni = ["--ssl-sni", f"one.test={certificates['one.pem']},{certificates['one.key']}",
           "--ssl-sni", f"*.any.test={certificates['any.pem']},{certificates['any.key']}"]
    # A connection is kept through all the reloads.
    with Server(*certificates.certificate(), *sni, "--timeout-keep-alive", "60") as server:
        test_clients(certificates, server)
        test_alpn(server)
        test_names(server)
        test_resumption(certificates, server)
        test_websocket(certificates, server)
        test_strangers(server)
        test_reload(certificates, server)
    test_deadline(certificates)
    test_client_certificates(certificates)
    test_expiry(certificates)
    test_authority_of_the_same_name(certificates)
    test_loops(certificates)
    test_revocation(certificates)
    test_stapling(certificates)
    test_healthcheck(certificates)
    test_mistakes(certificates)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())
