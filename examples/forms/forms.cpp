// SPDX-License-Identifier: MIT
// The samples of docs/forms.md and docs/server-sent-events.md, to the letter.
#include <capricorn/capricorn.hpp>

#include <algorithm>
using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<Response> login(
    Form<std::string, "username", MaxLength{100}, Pattern{"^[^[:cntrl:]]+$"}> username,
    Form<std::string, "password"> password, Form<bool, "remember", Default{false}> remember) {
  if (*password != "secret") throw HTTPException(401, "Wrong name or password");
  Response response = RedirectResponse("/", 303);
  response.set_cookie(
      "user", *username,
      {.max_age = *remember ? std::optional<std::chrono::seconds>(720h) : std::nullopt,
       .secure = true,
       .httponly = true});
  co_return response;
}

Task<std::string> greet(Cookie<std::string, "user", Default{"stranger"}> user) {
  co_return "Hello, " + *user;
}

Task<Response> logout() {
  Response response = RedirectResponse("/", 303);
  response.delete_cookie("user", {.secure = true, .httponly = true});
  co_return response;
}

struct Order {
  std::string product;
  Field<int, Ge{1}> count;
  std::vector<std::string> extras;
  std::optional<std::string> note;
};

Task<Order> order(Form<Order> order) { co_return *order; }

Task<std::string> avatar(File<UploadFile, "picture"> picture,
                         Form<std::optional<std::string>, "caption"> caption) {
  if (picture->content_type() != "image/png") throw HTTPException(415, "Only PNG");
  const std::string signature = co_await picture->read(8);
  co_await picture->seek(0);
  if (!signature.ends_with("PNG\r\n\x1a\n")) throw HTTPException(400, "That is no PNG");
  co_return picture->filename() + ", " + std::to_string(picture->size()) + " bytes, " +
      caption->value_or("no caption");
}

// May block, and runs in the thread pool: the file is read without co_await.
std::size_t count_lines(File<std::vector<UploadFile>, "files"> files) {
  std::size_t lines = 0;
  for (const UploadFile& upload : *files) {
    for (std::string piece = upload.file().read(65536); !piece.empty();
         piece = upload.file().read(65536)) {
      lines += static_cast<std::size_t>(std::ranges::count(piece, '\n'));
    }
  }
  return lines;
}

Task<std::size_t> many_fields(Request& request) {
  FormData& form = co_await request.form({.max_fields = 10'000});
  std::size_t characters = 0;
  for (const FormData::Item& item : form) {
    if (item.text()) characters += item.text()->size();
  }
  co_return characters;
}

/// To the disk as it comes: of whatever size it is, memory holds one piece.
Task<std::size_t> store(Request& request) {
  File file = co_await open_file("upload-" + secrets::token_hex(8), "w");
  std::size_t size = 0;
  while (const auto piece = co_await request.next_chunk()) {
    size += co_await file.write(std::string(*piece));
  }
  co_return size;
}

struct Price {
  std::string symbol;
  double value;
};

AsyncGenerator<ServerSentEvent> prices(std::string symbol) {
  for (int i = 1;; ++i) {
    co_yield ServerSentEvent{.data = Price{symbol, 100.0 + i}, .event = "price"};
    co_await sleep(1s);
  }
}

Task<Response> watch_price(Path<std::string, "symbol"> symbol) {
  co_return EventSourceResponse(prices(*symbol));
}

Task<Response> progress() {
  co_return EventSourceResponse(
      [](EventWriter& events) -> Task<> {
        for (int percent = 0; percent <= 100; percent += 10) {
          co_await events.send(percent);
          co_await sleep(100ms);
        }
        co_await events.send(ServerSentEvent{.data = "done", .event = "end"});
      },
      {.ping = 5s, .retry = 1s});
}

AsyncGenerator<ServerSentEvent> count_on(std::uint64_t number) {
  for (;;) {
    ++number;
    co_yield ServerSentEvent{.data = number, .id = std::to_string(number)};
    co_await sleep(1s);
  }
}

Task<Response> counter(Header<std::uint64_t, "last-event-id", Default{0}> last) {
  co_return EventSourceResponse(count_on(*last));
}

}  // namespace

App make_app() {
  App app({.title = "Forms"});
  app.post("/login", login);
  app.get("/", greet);
  app.post("/logout", logout);
  app.post("/order", order);
  app.post("/avatar", avatar, {.max_body = 8 << 20});  // 8 MiB
  app.post("/lines", count_lines, {.max_body = 1 << 30});
  app.post("/many", many_fields);
  app.put("/store", store, {.max_body = std::size_t{4} << 30});
  app.get("/prices/{symbol}", watch_price);
  app.get("/progress", progress);
  app.get("/counter", counter);
  return app;
}
CAPRICORN_APP(make_app)
