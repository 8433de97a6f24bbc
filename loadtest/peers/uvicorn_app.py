# SPDX-License-Identifier: MIT
"""A bare ASGI application for uvicorn, without a framework."""
import asyncio
import json
import time
from urllib.parse import parse_qs

CHUNK = b"x" * 1024


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


async def plain(scope, receive, send):
    await respond(send, 200, b"text/plain", b"Hello, World!")


async def greet(scope, receive, send):
    await respond_json(send, {"message": "Hello, World!"})


async def echo(scope, receive, send):
    content_type = dict(scope["headers"]).get(b"content-type", b"application/octet-stream")
    await respond(send, 200, content_type, await read_body(receive))


async def block(scope, receive, send):
    ms = int(parse_qs(scope["query_string"].decode())["ms"][0])
    await asyncio.to_thread(time.sleep, ms / 1000)
    await respond_json(send, {"ms": ms})


async def stream(scope, receive, send):
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"text/plain")]})
    for _ in range(16):
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


ROUTES = {("GET", "/plain"): plain, ("GET", "/json"): greet, ("POST", "/echo"): echo,
          ("GET", "/block"): block, ("GET", "/stream"): stream}


async def serve_websocket(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await serve_websocket(receive, send)
        return
    assert scope["type"] == "http"
    method, path = scope["method"], scope["path"]
    user_id = path.removeprefix("/users/")
    if route := ROUTES.get((method, path)):
        await route(scope, receive, send)
    elif method == "GET" and user_id != path and user_id.isdecimal():
        await respond_json(send, {"id": int(user_id), "name": "Alice"})
    else:
        await respond(send, 404, b"text/plain", b"Not Found")
