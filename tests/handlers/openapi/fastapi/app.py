#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The application of fastapi_comparison_test.cpp in FastAPI, and what it says of itself.

    python3 app.py > app.json      (FastAPI 0.141; the test reads app.json and needs no Python)
"""

import datetime
import decimal
import json
import uuid
from enum import Enum
from typing import Annotated, Literal

from fastapi import (Body, Cookie, Depends, FastAPI, File, Form, Header, Path, Query, Security,
                     UploadFile)
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
from pydantic import BaseModel, Field

app = FastAPI(
    title="Shop",
    version="2.1.0",
    summary="Things for sale",
    description="All that a *shop* does.",
    terms_of_service="https://shop.example/terms",
    contact={"name": "Ada", "url": "https://shop.example", "email": "ada@shop.example"},
    license_info={"name": "MIT", "identifier": "MIT"},
    # pydantic has two for what contains itself, though they are the same.
    separate_input_output_schemas=False,
    servers=[{"url": "https://api.shop.example", "description": "the real one"}],
    openapi_tags=[{"name": "items", "description": "What is sold",
                   "externalDocs": {"description": "More", "url": "https://shop.example/docs"}}],
)


class Color(str, Enum):
    red = "red"
    green = "green"


class Part(BaseModel):
    label: str
    parts: list["Part"] = []


class Item(BaseModel):
    name: Annotated[str, Field(min_length=3, max_length=50)]
    price: Annotated[float, Field(gt=0)]
    tax: float | None = None
    count: Annotated[int, Field(ge=0, le=1000)] = 1
    color: Color = Color.red
    tags: list[str] = []
    sizes: dict[str, float] = {}
    part: Part | None = None


class Message(BaseModel):
    text: str


class Filter(BaseModel):
    limit: Annotated[int, Field(gt=0, le=100)] = 100
    order_by: str | None = None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool = True


class Order(BaseModel):
    model_config = {"extra": "forbid", "json_schema_extra": {"examples": [{"id": 1}]}}
    id: uuid.UUID
    made: datetime.datetime
    day: datetime.date | None = None
    at: datetime.time | None = None
    within: datetime.timedelta | None = None
    total: decimal.Decimal | None = None
    urgency: Literal["low", "high"] = "low"
    labels: set[str] = set()
    code: Annotated[str, Field(pattern="^[A-Z]+$", title="The code", description="In capitals",
                               examples=["ABC", "X"], deprecated=True)]
    note: Annotated[str, Field(alias="remark")] = ""
    either: int | str
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Common(BaseModel):
    x_token: str
    if_range: str | None = None


class Login(BaseModel):
    username: str
    remember: bool = False


async def paging(skip: int = 0, limit: int = 10): ...


bearer = HTTPBearer()
oauth2 = OAuth2PasswordBearer("token", scopes={"items": "Read items", "me": "Read oneself"})


async def current_user(token: str = Depends(oauth2)): ...


@app.get("/")
async def root(): ...


@app.get("/items/{item_id}", tags=["items"])
async def read_item(item_id: Annotated[int, Path(ge=1)], q: str | None = None,
                    full: bool = False) -> Item: ...


@app.get("/items", tags=["items"], summary="List them", description="All *items*.",
         deprecated=True, response_description="A list of items")
async def read_items(user_agent: Annotated[str | None, Header()] = None,
                     session: Annotated[str | None, Cookie()] = None,
                     colors: Annotated[list[Color], Query()] = []) -> list[Item]: ...


@app.post("/items", tags=["items", "new"], status_code=201,
          responses={409: {"description": "It exists", "model": Message}, "5XX": {}})
async def create_item(item: Item) -> Item: ...


@app.put("/items/{item_id}")
async def update_item(item_id: int, item: Annotated[Item, Body()],
                      note: Annotated[str, Body()] = "none") -> dict[str, int]: ...


@app.delete("/items/{item_id}", status_code=204)
async def delete_item(item_id: int): ...


@app.get("/search")
async def search(filter: Annotated[Filter, Query()]) -> list[str]: ...


@app.post("/login")
async def login(form: Annotated[Login, Form()]) -> str: ...


@app.post("/signup")
async def signup(username: Annotated[str, Form()], age: Annotated[int, Form()] = 18) -> bool: ...


@app.post("/photos")
async def upload(title: Annotated[str, Form()], photo: UploadFile,
                 others: Annotated[list[UploadFile], File()] = [],
                 thumbnail: UploadFile | None = None) -> int: ...


@app.get("/files/{path:path}", operation_id="read_any_file")
async def read_file(path: str) -> str: ...


@app.get("/pages")
async def pages(q: str, page: dict = Depends(paging)) -> float: ...


@app.get("/me")
async def me(user: str = Security(current_user, scopes=["me", "items"]),
             key=Depends(bearer)) -> Message: ...


@app.post("/orders")
async def order(order: Annotated[Order, Body(embed=True)],
                item_query: Annotated[str | None, Query(alias="item-query", title="Query string",
                                                        description="What to look for",
                                                        min_length=3, deprecated=True)] = None,
                trace: Annotated[str, Query(include_in_schema=False)] = "") -> Message: ...


@app.get("/common")
async def common(headers: Annotated[Common, Header()]) -> Color: ...


@app.get("/hidden", include_in_schema=False)
async def hidden(): ...


@app.get("/extra", openapi_extra={"x-owner": "team", "responses": {"200": {"x-note": "n"}}})
async def extra() -> Message | None: ...


if __name__ == "__main__":
    print(json.dumps(app.openapi(), indent=2))
