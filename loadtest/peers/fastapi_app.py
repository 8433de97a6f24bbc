# SPDX-License-Identifier: MIT
"""The same routes for FastAPI, as its documentation writes them."""
import time

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    id: int
    name: str


@app.get("/plain", response_class=PlainTextResponse)
async def plain():
    return "Hello, World!"


@app.get("/json")
async def json():
    return {"message": "Hello, World!"}


@app.get("/users/{user_id}", response_model=User)
async def user(user_id: int):
    return User(id=user_id, name="Alice")


@app.post("/echo")
async def echo(request: Request):
    content_type = request.headers.get("content-type", "application/octet-stream")
    return Response(await request.body(), headers={"content-type": content_type})


@app.get("/block")
def block(ms: int):
    time.sleep(ms / 1000)
    return {"ms": ms}
