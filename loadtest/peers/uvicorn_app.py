# SPDX-License-Identifier: MIT
"""A bare ASGI application for uvicorn, without a framework."""
import asyncio
import json
import time
from urllib.parse import parse_qs


async def respond(send, status, content_type, body):
    await send({
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", content_type),
            (b"content-length", str(len(body)).encode()),
        ],
    })
    await send({"type": "http.response.body", "body": body})


async def respond_json(send, value):
    body = json.dumps(value, separators=(",", ":")).encode()
    await respond(send, 200, b"application/json", body)


async def read_body(receive):
    body = b""
    more_body = True
    while more_body:
        message = await receive()
        body += message.get("body", b"")
        more_body = message.get("more_body", False)
    return body


async def block(scope, send):
    ms = int(parse_qs(scope["query_string"].decode())["ms"][0])
    await asyncio.to_thread(time.sleep, ms / 1000)
    await respond_json(send, {"ms": ms})


async def app(scope, receive, send):
    assert scope["type"] == "http"
    method, path = scope["method"], scope["path"]
    user_id = path.removeprefix("/users/")
    if (method, path) == ("GET", "/plain"):
        await respond(send, 200, b"text/plain", b"Hello, World!")
    elif (method, path) == ("GET", "/json"):
        await respond_json(send, {"message": "Hello, World!"})
    elif (method, path) == ("GET", "/block"):
        await block(scope, send)
    elif (method, path) == ("POST", "/echo"):
        content_type = dict(scope["headers"]).get(b"content-type", b"application/octet-stream")
        await respond(send, 200, content_type, await read_body(receive))
    elif method == "GET" and user_id != path and user_id.isdecimal():
        await respond_json(send, {"id": int(user_id), "name": "Alice"})
    else:
        await respond(send, 404, b"text/plain", b"Not Found")
