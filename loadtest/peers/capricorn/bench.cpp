// SPDX-License-Identifier: MIT
// The load test's application: each scenario's route, as capricorn's tutorial would write it.
#include <capricorn/capricorn.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;

namespace {

struct Message {
  std::string message;
};

struct User {
  int id;
  std::string name;
};

struct Size {
  double width;
  double height;
  double depth;
};

struct Review {
  Field<std::string, MinLength{1}> author;
  Field<int, Ge{1}, Le{5}> stars;
  std::string text;
};

struct Item {
  int id;
  Field<std::string, MinLength{1}, MaxLength{100}> name;
  Field<double, Gt{0}> price;
  double tax;
  bool active;
  std::string note;
  std::vector<std::string> tags;
  Size size;
  std::vector<Review> reviews;
};

struct Slept {
  int ms;
};

Task<Response> plain() { co_return PlainTextResponse("Hello, World!"); }

Task<Message> json() { co_return Message{"Hello, World!"}; }

Task<User> user(Path<int, "user_id"> user_id) { co_return User{*user_id, "Alice"}; }

Task<Item> create_item(Body<Item> item) { co_return std::move(*item); }

Task<Response> echo(Request& request) {
  const std::string_view body = co_await request.body();
  const auto type = request.headers().get(HeaderId::kContentType);
  co_return Response(200, Buffer(body), type.value_or("application/octet-stream"));
}

Slept block(Query<int, "ms", Ge{0}, Le{10000}> ms) {  // no coroutine: in the thread pool
  std::this_thread::sleep_for(std::chrono::milliseconds(*ms));
  return Slept{*ms};
}

Task<Response> stream() {
  const auto chunks = [](BodyWriter& writer) -> Task<> {
    static const std::string kChunk(1024, 'x');
    for (int i = 0; i < 16; ++i) co_await writer.write(kChunk);
  };
  co_return StreamingResponse(chunks, "text/plain");
}

Task<> websocket_echo(WebSocket& socket) {
  co_await socket.accept();
  while (const auto message = co_await socket.receive()) {
    if (message->text)
      co_await socket.send_text(message->data);
    else
      co_await socket.send_bytes(message->data);
  }
}

const char* environment(const char* name, const char* otherwise) {
  const char* given = std::getenv(name);
  return given != nullptr ? given : otherwise;
}

/// For the curve that shows what many routes cost.
void add_more_routes(App& app, int number) {
  for (int i = 0; i < number; ++i) {
    app.get(runtime("/more/" + std::to_string(i) + "/users/{user_id}"), user);
  }
}

App make_app() {
  App app({.title = "Load test"});
  app.get("/plain", plain);
  app.get("/json", json);
  app.get("/users/{user_id}", user);
  app.post("/items", create_item);
  app.post("/echo", echo);
  app.get("/block", block);
  app.get("/stream", stream);
  app.websocket("/ws", websocket_echo);
  app.mount("/static", StaticFiles(environment("BENCH_STATIC", ".")));
  add_more_routes(app, std::atoi(environment("BENCH_MORE_ROUTES", "0")));
  return app;
}

}  // namespace

CAPRICORN_APP(make_app)
