#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tokens of PyJWT's are read here and ours there, and both refuse the same ones for the same reason.

usage: pyjwt_test.py JWT_PEER

Exit code 77, which Meson counts as skipped, where PyJWT or cryptography is not installed."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

try:
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
except ImportError:
    # A python of the user's own hides the distribution's packages.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    sys.exit(77)

CLAIMS = {"sub": "alice", "n": -1, "x": 1.5, "ok": True, "none": None, "list": [1, "ü", {"a": "\""}],
          "emoji": "\U0001f410"}


class Peer:
    """The C++ side, asked line by line."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)

    def ask(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        return self.process.stdout.readline().rstrip("\n")

    def close(self):
        self.process.stdin.close()
        return self.process.wait(timeout=10)


def pem_files(key):
    """The private and the public key as PEM."""
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


def make_keys(folder):
    """(algorithm, file and bytes that sign, file and bytes that verify)."""
    secret = os.urandom(64).hex().encode()
    big = rsa.generate_private_key(65537, 2048)
    pairs = [(name, (secret, secret)) for name in ("HS256", "HS384", "HS512")]
    pairs += [(name, pem_files(big))
              for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")]
    pairs += [("ES256", pem_files(ec.generate_private_key(ec.SECP256R1()))),
              ("ES384", pem_files(ec.generate_private_key(ec.SECP384R1()))),
              ("ES512", pem_files(ec.generate_private_key(ec.SECP521R1()))),
              ("EdDSA", pem_files(ed25519.Ed25519PrivateKey.generate())),
              ("EdDSA", pem_files(ed448.Ed448PrivateKey.generate()))]
    for number, (name, (private, public)) in enumerate(pairs):
        files = []
        for kind, text in (("private", private), ("public", public)):
            file = pathlib.Path(folder) / f"{number}.{kind}"
            file.write_bytes(text)
            files.append(str(file))
        yield name, files[0], private, files[1], public


def check_round_trips(peer, keys):
    for name, private_file, private, public_file, public in keys:
        theirs = jwt.encode(CLAIMS, private, algorithm=name)
        read = peer.ask("decode", name, public_file, "-", theirs)
        assert json.loads(read) == CLAIMS, f"{name}: PyJWT's token was read as {read}"
        ours = peer.ask("encode", name, private_file, json.dumps(CLAIMS))
        assert jwt.decode(ours, public, algorithms=[name]) == CLAIMS, f"{name}: {ours}"
        changed = theirs[:-6] + ("A" if theirs[-6] != "A" else "B") + theirs[-5:]
        refused = peer.ask("decode", name, public_file, "-", changed)
        assert refused == "InvalidSignatureError", f"{name}: {refused}"


def verdict_of_pyjwt(token, secret, audience):
    try:
        return json.dumps(jwt.decode(token, secret, algorithms=["HS256"], audience=audience))
    except jwt.PyJWTError as error:
        return type(error).__name__


def sign(header, payload, secret):
    """Whatever the two say, as no library would."""
    text = b".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=")
                     for part in (header, payload))
    signature = hmac.new(secret, text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def check_verdicts(peer, key):
    _, file, secret, _, _ = key
    now = int(time.time())
    header = '{"alg":"HS256","typ":"JWT"}'
    cases = [(header, json.dumps(claims), audience) for claims, audience in [
        ({"exp": now + 60}, None), ({"exp": now - 1}, None), ({"exp": "soon"}, None),
        ({"nbf": now + 60}, None), ({"nbf": now - 60}, None), ({"nbf": "x"}, None),
        ({"iat": "x"}, None), ({"iat": now - 60}, None), ({"iat": now + 60}, None),
        ({"aud": "shop"}, "shop"), ({"aud": ["a", "shop"]}, "shop"), ({"aud": "other"}, "shop"),
        ({"aud": "shop"}, None), ({}, "shop"), ({"aud": 1}, "shop"), ({"aud": ["shop", 1]}, "shop"),
        ({}, None)]]
    cases += [('{"alg":"none"}', "{}", None), ("{}", "{}", None), ("[]", "{}", None),
              ("{", "{}", None), ('{"alg":"HS512"}', "{}", None), (header, "[]", None),
              (header, "1", None), (header, "{", None)]
    for head, payload, audience in cases:
        token = sign(head, payload, secret)
        expected = verdict_of_pyjwt(token, secret, audience)
        answer = peer.ask("decode", "HS256", file, audience or "-", token)
        both = answer.startswith("{") and expected.startswith("{")
        same = json.loads(answer) == json.loads(expected) if both else answer == expected
        assert same, f"{head} {payload} for {audience}: PyJWT says {expected}, we say {answer}"


def main():
    peer = Peer(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        keys = list(make_keys(folder))
        check_round_trips(peer, keys)
        check_verdicts(peer, keys[0])
        code = peer.close()
    print(f"PyJWT {jwt.__version__}: {len(keys)} keys agree")
    return code


if __name__ == "__main__":
    sys.exit(main())
