# SPDX-License-Identifier: MIT
"""Sends requests.json to app.py over ASGI and writes answers.json; see `record`."""

import asyncio
import json
import pathlib
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import fastapi  # noqa: E402
import pydantic  # noqa: E402
import starlette  # noqa: E402

from app import app  # noqa: E402


async def ask(request):
    path, _, query = request["target"].partition("?")
    headers = [["host", "testserver"], *request.get("headers", [])]
    body = request.get("body", "").encode()
    if body:
        headers.append(["content-length", str(len(body))])
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": request["method"], "scheme": "http", "path": urllib.parse.unquote(path),
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [[name.lower().encode(), value.encode()] for name, value in headers],
        "client": ("testclient", 50000), "server": ("testserver", 80), "state": {},
    }
    received = [{"type": "http.request", "body": body, "more_body": False}]
    answer = {"body": b""}

    async def receive():
        return received.pop() if received else {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            answer["status"] = message["status"]
            answer["headers"] = [[n.decode(), v.decode("latin-1")] for n, v in message["headers"]]
        else:
            answer["body"] += message.get("body", b"")

    try:
        await app(scope, receive, send)
    except Exception:  # Starlette answers with 500 and tells the server as well
        if answer.get("status") != 500:
            raise
    return {"status": answer["status"], "headers": answer["headers"],
            "body": answer["body"].decode()}


async def main():
    requests = json.loads((HERE / "requests.json").read_text())
    lines = []
    for request in requests:
        lines.append(json.dumps({"request": request, "answer": await ask(request)}))
    versions = {"fastapi": fastapi.__version__, "starlette": starlette.__version__,
                "pydantic": pydantic.VERSION}
    (HERE / "answers.json").write_text(
        f'{{"versions": {json.dumps(versions)},\n"exchanges": [\n' + ",\n".join(lines) + "\n]}\n")
    print(f"{len(lines)} answers of {versions}")


asyncio.run(main())
