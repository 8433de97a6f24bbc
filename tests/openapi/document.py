# SPDX-License-Identifier: MIT
"""The document of an application, from the server that serves it."""

import contextlib
import json
import re
import signal
import subprocess
import sys
import urllib.request


@contextlib.contextmanager
def served(capricorn, module):
    """The URL of the application while it is served."""
    server = subprocess.Popen([capricorn, module, "--port", "0", "--no-use-colors"],
                              stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        for line in server.stderr:
            found = re.search(r"running on (http://[0-9.]+:\d+) ", line)
            if found:
                yield found[1]
                return
        sys.exit("the server did not start")
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def document_of(capricorn, module):
    with served(capricorn, module) as url:
        return json.loads(fetch(url + "/openapi.json"))
