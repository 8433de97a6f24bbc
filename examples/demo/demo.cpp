// SPDX-License-Identifier: MIT
// What `./dev run` serves: one route for each thing that capricorn does.
#include <openssl/evp.h>
#include <capricorn/capricorn.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "upload.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

struct Message {
  std::string message;
};

struct User {
  int id;
  std::string name;
};

struct Item {
  std::string name;
  Field<double, Gt{0}> price;
  std::optional<std::string> note;
};

struct Slept {
  int ms;
};

struct Hash {
  std::string hash;
};

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>capricorn</title></head>
<body>
<h1>capricorn</h1>
<p>This is the demonstration application of capricorn, a web framework in C++: typed handlers, an
event loop of its own, and a pool of threads for functions that block.</p>
<ul>
<li><a href="/plain">/plain</a> Hello, World! as text</li>
<li><a href="/json">/json</a> the same as JSON</li>
<li><a href="/users/42">/users/42</a> a typed path; <a href="/users/abc">/users/abc</a> does not fit</li>
<li>POST /echo, POST /items</li>
<li><a href="/stream">/stream</a> several chunks</li>
<li><a href="/slow">/slow</a> answers after half a second</li>
<li><a href="/sleep?ms=100">/sleep?ms=100</a> a coroutine that sleeps</li>
<li><a href="/block?ms=100">/block?ms=100</a> a function that blocks, in the thread pool</li>
<li><a href="/frozen?ms=100">/frozen?ms=100</a> the mistake: a coroutine that blocks the loop</li>
<li><a href="/inspect?a=1">/inspect</a> the request as it came</li>
<li><a href="/nocontent">/nocontent</a>, <a href="/redirect?to=/plain">/redirect?to=/plain</a>,
<a href="/error">/error</a>, <a href="/reflect?v=hello">/reflect?v=hello</a></li>
<li><a href="/hash?password=secret">/hash?password=secret</a> PBKDF2, in the thread pool</li>
<li>WebSocket /ws echoes text and bytes</li>
<li>POST /upload: a form's files, their sizes and SHA-256</li>
<li><a href="/events">/events</a> server-sent events, one a second</li>
<li><a href="/static/">/static/</a> files</li>
</ul>
</body>
</html>
)";

using Milliseconds = Query<int, "ms", Ge{0}, Le{600000}>;

Task<Response> index() { co_return HTMLResponse(kPage); }

Task<Response> plain() { co_return PlainTextResponse("Hello, World!"); }

Task<Message> json() { co_return Message{"Hello, World!"}; }

Task<User> user(Path<int, "user_id"> user_id) { co_return User{*user_id, "Alice"}; }

Task<Response> echo(Request& request) {
  const std::string_view body = co_await request.body();
  const auto type = request.headers().get(HeaderId::kContentType);
  co_return Response(200, Buffer(body), type.value_or("application/octet-stream"));
}

Task<Response> create_item(Body<Item> item) { co_return JSONResponse(*item, 201); }

Task<Response> stream() {
  const auto chunks = [](BodyWriter& writer) -> Task<> {
    for (int i = 1; i <= 5; ++i) {
      const std::string line = "chunk " + std::to_string(i) + "\n";
      co_await writer.write(line);
      co_await sleep(10ms);
    }
  };
  co_return StreamingResponse(chunks, "text/plain; charset=utf-8");
}

Task<Response> slow() {
  co_await sleep(500ms);
  co_return PlainTextResponse("slow, but the loop was free\n");
}

Task<Slept> sleep_ms(Milliseconds ms) {
  co_await sleep(std::chrono::milliseconds(*ms));
  co_return Slept{*ms};
}

Slept block_ms(Milliseconds ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(*ms));
  return Slept{*ms};
}

Task<Slept> frozen_ms(Milliseconds ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(*ms));  // the mistake, on purpose
  co_return Slept{*ms};
}

Task<nlohmann::ordered_json> inspect(Request& request) {
  auto headers = nlohmann::ordered_json::array();
  for (const Headers::Field field : request.headers()) {
    headers.push_back(nlohmann::ordered_json::array({field.name, field.value}));
  }
  nlohmann::ordered_json out;
  out["method"] = request.method();
  out["path"] = request.path();
  out["query"] = request.query_string();
  out["headers"] = std::move(headers);
  co_return out;
}

Task<Response> no_content() { co_return Response(204); }

Task<Response> redirect(Query<std::string, "to"> to) { co_return RedirectResponse(*to, 302); }

Task<Response> error() {
  throw std::runtime_error("this handler always fails");
  co_return Response(500);
}

Task<Response> reflect(Query<std::string, "v"> v) {
  Response response = PlainTextResponse("reflected\n");
  try {
    response.headers().append("x-reflect", *v);
  } catch (const std::invalid_argument&) {
    throw HTTPException(400, "v cannot be the value of a header");
  }
  co_return response;
}

Hash hash(Query<std::string, "password"> password) {
  constexpr std::string_view kSalt = "capricorn";
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, 32> key;
  if (PKCS5_PBKDF2_HMAC(password->data(), static_cast<int>(password->size()),
                        reinterpret_cast<const unsigned char*>(kSalt.data()),
                        static_cast<int>(kSalt.size()), 100'000, EVP_sha256(),
                        static_cast<int>(key.size()), key.data()) != 1) {
    throw std::runtime_error("PBKDF2 failed");
  }
  Hash out;
  for (const unsigned char byte : key) out.hash += {kHex[byte >> 4], kHex[byte & 15]};
  return out;
}

Task<> websocket_echo(WebSocket& socket) {
  co_await socket.accept(socket.offers("chat") ? "chat" : "");
  while (const auto message = co_await socket.receive()) {
    if (message->text)
      co_await socket.send_text(message->data);
    else
      co_await socket.send_bytes(message->data);
  }
}

/// Goes on behind the last event that the browser saw.
AsyncGenerator<ServerSentEvent> count_seconds(std::uint64_t number) {
  for (;;) {
    ++number;
    co_yield ServerSentEvent{.data = number, .id = std::to_string(number)};
    co_await sleep(1s);
  }
}

Task<Response> events(Request& request) {
  const std::string last(request.last_event_id().value_or("0"));
  co_return EventSourceResponse(count_seconds(std::strtoull(last.c_str(), nullptr, 10)));
}

std::string static_directory() {
  const char* given = std::getenv("DEMO_STATIC_DIR");
  return given && *given ? given : DEMO_SOURCE_STATIC_DIR;
}

App make_app() {
  App app({.title = "Demonstration"});
  app.get("/", index);
  app.get("/plain", plain);
  app.get("/json", json);
  app.get("/users/{user_id}", user);
  app.post("/echo", echo, {.max_body = 4 << 20});
  app.post("/items", create_item);
  app.get("/stream", stream);
  app.get("/slow", slow);
  app.get("/sleep", sleep_ms);
  app.get("/block", block_ms);
  app.get("/frozen", frozen_ms);
  app.get("/inspect", inspect);
  app.get("/nocontent", no_content);
  app.get("/redirect", redirect);
  app.get("/error", error);
  app.get("/reflect", reflect);
  app.get("/hash", hash);
  app.websocket("/ws", websocket_echo, {.max_message = 1 << 20});
  app.post("/upload", demo::upload, {.max_body = 64 << 20});
  app.get("/events", events);
  app.mount("/static", StaticFiles(static_directory(), {.html = true, .precompressed = true}));
  return app;
}

}  // namespace

CAPRICORN_APP(make_app)
