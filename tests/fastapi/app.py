# SPDX-License-Identifier: MIT
"""The application of app.cpp in FastAPI: what both answer is compared by fastapi_test.cpp."""

from enum import Enum
from typing import Annotated, Any

from fastapi import (Body, Cookie, Depends, FastAPI, File, Form, Header, HTTPException, Path, Query,
                     Request, Response, UploadFile)
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from pydantic import BaseModel, Field

app = FastAPI()


class Size(str, Enum):
    small = "small"
    medium = "medium"
    large = "large"


class Image(BaseModel):
    url: str
    width: int = 100


class Item(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=10)]
    price: Annotated[float, Field(gt=0)]
    note: str | None = None
    tags: list[str] = []
    image: Image | None = None
    size: Size = Size.small


class Deep(BaseModel):
    items: dict[str, Item] = {}
    matrix: list[list[int]] = []
    on: bool
    even: Annotated[int, Field(ge=0, le=10, multiple_of=2)]


class Numbers(BaseModel):
    i: int
    f: float
    b: bool
    s: str


# ---------------------------------------------------------------- paths


@app.get("/")
async def root():
    return {"hello": "world"}


@app.get("/users/me")
async def me():
    return "me"


@app.get("/users/{user_id}")
async def user(user_id: int):
    return user_id


@app.get("/float/{x}")
async def path_float(x: float):
    return x


@app.get("/bool/{x}")
async def path_bool(x: bool):
    return x


@app.get("/str/{x}")
async def path_str(x: str):
    return x


@app.get("/size/{size}")
async def path_enum(size: Size):
    return size


@app.get("/files/{file_path:path}")
async def path_rest(file_path: str):
    return file_path


@app.get("/between/{n}")
async def path_between(n: Annotated[int, Path(ge=1, le=100)]):
    return n


@app.get("/inside/{x}")
async def path_inside(x: Annotated[float, Path(gt=0, lt=2.5)]):
    return x


@app.get("/short/{s}")
async def path_short(s: Annotated[str, Path(min_length=2, max_length=3)]):
    return s


@app.get("/two/{a}/{b}")
async def path_two(a: int, b: int):
    return [a, b]


@app.get("/slash/")
async def slash():
    return "slash"


@app.get("/no-slash")
async def no_slash():
    return "no slash"


# ---------------------------------------------------------------- queries


@app.get("/query")
async def query(q: int):
    return q


@app.get("/query/optional")
async def query_optional(q: int | None = None):
    return q


@app.get("/query/default")
async def query_default(q: int = 7, s: str = "text", on: bool = False, x: float = 1.5):
    return [q, s, on, x]


@app.get("/query/list")
async def query_list(q: Annotated[list[int], Query()] = []):
    return q


@app.get("/query/texts")
async def query_texts(q: Annotated[list[str], Query(min_length=1, max_length=2)] = []):
    return q


@app.get("/query/size")
async def query_enum(size: Size = Size.medium):
    return size


@app.get("/query/text")
async def query_text(q: Annotated[str, Query(min_length=3, max_length=5)]):
    return q


@app.get("/query/many")
async def query_many(a: int, b: float, c: bool, d: Size, e: str):
    return [a, b, c, d, e]


@app.get("/query/step")
async def query_step(n: Annotated[int, Query(multiple_of=5)] = 0,
                     x: Annotated[float, Query(ge=-1.5, le=1)] = 0):
    return [n, x]


# ---------------------------------------------------------------- headers and cookies


@app.get("/header")
async def header(x_token: Annotated[str, Header()]):
    return x_token


@app.get("/header/optional")
async def header_optional(x_count: Annotated[int | None, Header()] = None):
    return x_count


@app.get("/cookie")
async def cookie(session: Annotated[str, Cookie()], n: Annotated[int, Cookie(ge=0)] = 1):
    return [session, str(n)]


@app.get("/cookie/set")
async def cookie_set():
    response = PlainTextResponse("set")
    response.set_cookie("a", "1 2", max_age=60, httponly=True)
    return response


# ---------------------------------------------------------------- bodies


@app.post("/items", status_code=201)
async def create_item(item: Item) -> Item:
    return item


@app.put("/items/{item_id}")
async def put_item(item_id: Annotated[int, Path(ge=1)], item: Item, q: str | None = None) -> Item:
    return item


@app.delete("/items/{item_id}", status_code=204)
async def delete_item(item_id: int):
    return Response(status_code=204)


@app.post("/deep")
async def deep(body: Deep) -> Deep:
    return body


@app.post("/numbers")
async def numbers(body: Numbers) -> Numbers:
    return body


@app.post("/list")
async def body_list(body: list[Image]) -> list[Image]:
    return body


@app.post("/ints")
async def body_ints(body: list[int]) -> list[int]:
    return body


@app.post("/dict")
async def body_dict(body: dict[str, float]) -> dict[str, float]:
    return body


@app.post("/any")
async def body_any(body: Annotated[Any, Body()]):
    return body


@app.post("/login")
async def login(username: Annotated[str, Form()], password: Annotated[str, Form(min_length=3)],
                age: Annotated[int | None, Form()] = None, keep: Annotated[bool, Form()] = False):
    return [username, password, str(age), str(keep).lower()]


@app.post("/upload")
async def upload(file: UploadFile, name: Annotated[str, Form()]):
    return [name, file.filename, file.content_type, (await file.read()).decode()]


# ---------------------------------------------------------------- dependencies


async def pages(skip: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(le=100)] = 10):
    return [skip, limit]


async def token(x_token: Annotated[str, Header()]):
    if x_token != "secret":
        raise HTTPException(400, "X-Token header invalid")
    return x_token


@app.get("/depends")
async def depends(page: Annotated[list[int], Depends(pages)]):
    return page


@app.get("/depends/token")
async def depends_token(who: Annotated[str, Depends(token)],
                        page: Annotated[list[int], Depends(pages)], q: int):
    return page


# ---------------------------------------------------------------- answers


@app.get("/errors/{status}")
async def errors(status: int):
    raise HTTPException(status)


@app.get("/teapot")
async def teapot():
    raise HTTPException(418, "short and \"stout\" \u00e9", {"X-Pot": "1"})


@app.get("/null")
async def null():
    return None


@app.get("/text")
async def text():
    return "h\u00e9llo \"wor\\ld\"\n\t\x01\u2028 </script>"


@app.get("/floats")
async def floats():
    return [0.0, -0.0, 1.0, 0.1, 1e-7, 1.5e300, 123456789012345.0, 1e15, 1e16, 1e21, 1 / 3, -2.5]


@app.get("/plain")
async def plain():
    return PlainTextResponse("plain")


@app.get("/html")
async def html():
    return HTMLResponse("<p>html</p>", 202)


@app.get("/json")
async def as_json():
    return JSONResponse({"a": [1, None, True, {}]}, 203)


@app.get("/redirect")
async def redirect():
    return RedirectResponse("/a b?c=\u00e9#d")


@app.get("/redirect/303")
async def redirect_303():
    return RedirectResponse("http://other/x", 303)


@app.api_route("/methods", methods=["GET", "POST"])
async def methods(request: Request):
    return request.method
