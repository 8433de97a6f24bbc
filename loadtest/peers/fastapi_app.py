# SPDX-License-Identifier: MIT
"""The same routes for FastAPI, as its documentation writes them."""
import os
import time

from fastapi import FastAPI, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

app = FastAPI()
app.mount("/static", StaticFiles(directory=os.environ["BENCH_STATIC"]), name="static")
CHUNK = b"x" * 1024


class User(BaseModel):
    id: int
    name: str


class Size(BaseModel):
    width: float
    height: float
    depth: float


class Review(BaseModel):
    author: str = Field(min_length=1)
    stars: int = Field(ge=1, le=5)
    text: str


class Item(BaseModel):
    id: int
    name: str = Field(min_length=1, max_length=100)
    price: float = Field(gt=0)
    tax: float
    active: bool
    note: str
    tags: list[str]
    size: Size
    reviews: list[Review]


@app.get("/plain", response_class=PlainTextResponse)
async def plain():
    return "Hello, World!"


@app.get("/json")
async def json():
    return {"message": "Hello, World!"}


@app.get("/users/{user_id}", response_model=User)
async def user(user_id: int):
    return User(id=user_id, name="Alice")


@app.post("/items", response_model=Item)
async def create_item(item: Item):
    return item


@app.post("/echo")
async def echo(request: Request):
    content_type = request.headers.get("content-type", "application/octet-stream")
    return Response(await request.body(), headers={"content-type": content_type})


@app.get("/block")
def block(ms: int = Query(ge=0, le=10000)):
    time.sleep(ms / 1000)
    return {"ms": ms}


@app.get("/stream")
async def stream():
    async def chunks():
        for _ in range(16):
            yield CHUNK
    return StreamingResponse(chunks(), media_type="text/plain")


@app.websocket("/ws")
async def websocket_echo(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass
