// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

/// Where our answer is another than FastAPI's, and why. The test fails for a difference that is not
/// here, and for one that is here and gone. docs/coming-from-fastapi.md has a row for each.
struct Difference {
  struct Case {
    std::string_view request;
    std::string_view ours;  // stands in our answer, and not in FastAPI's
  };
  std::string_view reason;
  std::vector<Case> cases;
};

inline const std::vector<Difference> kDifferences = {
    // ---------------------------------------------------------------- decided
    {"A route for GET answers HEAD, and says so: RFC 9110 asks that of every server.",
     {{"POST /", "allow: GET, HEAD\n"},
      {"DELETE /users/5", "allow: GET, HEAD\n"},
      {"BREW /", "allow: GET, HEAD\n"},
      {"PUT /methods", "allow: GET, HEAD, POST\n"},
      {"OPTIONS /methods", "allow: GET, HEAD, POST\n"},
      {"HEAD /users/5", "200\ncontent-length: 1\n"}}},
    {"405 names the methods of all routes of that path, where FastAPI names those of the first.",
     {{"GET /items/3", "allow: DELETE, PUT\n"}}},
    {"Python's int() takes digits with underscores; no other client means a number by that.",
     {{"GET /users/1_000", "int_parsing"}, {"GET /float/1_0.5", "float_parsing"}}},
    {"An `int` has 32 bits, an `std::int64_t` 64: what is larger is an error, not another number.",
     {{"GET /users/9223372036854775808", "int_parsing_size"},
      {R"(POST /numbers "{\"i\":9223372036854775808,\"f\":1,\"b\":true,\"s\":\"\"}")",
       "int_parsing_size"}}},
    {"NaN and Infinity are no JSON (RFC 8259). FastAPI reads them, and fails when it writes them.",
     {{R"(POST /numbers "{\"i\":1,\"f\":NaN,\"b\":true,\"s\":\"\"}")", "Expecting value"},
      {R"(POST /numbers "{\"i\":1,\"f\":Infinity,\"b\":true,\"s\":\"\"}")", "Expecting value"}}},
    {"A number beyond double is an error. FastAPI reads infinity, and fails when it writes it.",
     {{R"(POST /numbers "{\"i\":1,\"f\":1e999,\"b\":true,\"s\":\"\"}")", "finite_number"}}},
    {"A body that is no JSON does not hide what else is wrong: all errors come together.",
     {{R"(PUT /items/x "{")", R"("loc":["path","item_id"])"}}},
    {"A trailing comma is told as Python up to 3.12 does; 3.13 has a sentence of its own for it.",
     {{R"(POST /items "{\"name\": \"Foo\", }")", "Expecting property name"}}},
    {"A body without a Content-Type is no JSON, as in FastAPI since it has strict_content_type.",
     {{R"(POST /items of no type "{\"name\": \"Foo\", \"price\": 1.5}")",
       "model_attributes_type"}}},
    {"A form's empty field is no value, as FastAPI documents; 0.113 to 0.115 took it for a text.",
     {{R"(POST /login content-type: application/x-www-form-urlencoded "username=&password=")",
       "missing"},
      {R"(POST /login content-type: application/x-www-form-urlencoded "username=me&password=abc&age=")",
       "200\n"}}},
    {"The input of a file in a text field's place is told without Python's inner objects.",
     {{R"(POST /upload content-type: multipart/form-data; boundary=b "--b\r\nContent-Disposition: form-data; name=\"name\"; filename=\"x\"\r\nContent-Type: text/plain\r\n\r\ny\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: x/y\r\n\r\nb\r\n--b--\r\n")",
       R"("filename":"x","size":1,"headers")"}}},
    {"A status without a registered phrase is a status; Python's HTTPStatus throws.",
     {{"GET /errors/599", "599\n"}}},
    {"A redirect to the path's twin names the path alone, which holds behind any proxy (RFC 9110, "
     "10.2.2); Starlette's Location is absolute.",
     {{"GET /files", "location: /files/\n"},
      {"GET /slash", "location: /slash/\n"},
      {"GET /slash?x=1&y=%20", "location: /slash/?x=1&y=%20\n"},
      {"GET /no-slash/", "location: /no-slash\n"},
      {"GET /no-slash/?a=1", "location: /no-slash?a=1\n"},
      {"POST /slash", "location: /slash/\n"}}},
};
