// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

struct Page {
  int skip;
  int limit;
};
Task<Page> page(Query<int, "skip", Default{0}> skip, Query<int, "limit", Default{100}> limit) {
  co_return Page{*skip, *limit};
}

int calls = 0;
Task<int> counted() { co_return ++calls; }
Task<int> twice(Depends<counted> first, Depends<counted> second) { co_return *first + *second; }
Task<int> afresh(Depends<counted, UseCache{false}> first, Depends<counted> second) {
  co_return *first * 10 + *second;
}

struct Contains {
  int wanted;
  bool operator()(Query<int, "q"> q) const { return *q == wanted; }
};

struct Meter {
  int readings = 0;
  int& operator()() { return ++readings; }
};
Meter meter;

}  // namespace

TEST_CASE("a dependency's parameters are read from the request, and its result is given") {
  App app;
  app.get("/items", [](Depends<page> page) -> Task<std::string> {
    co_return std::to_string(page->skip) + "+" + std::to_string((*page).limit);
  });
  TestClient client(app);
  CHECK(client.get("/items").text() == "\"0+100\"");
  CHECK(client.get("/items?skip=5&limit=7").text() == "\"5+7\"");
  const auto wrong = client.get("/items?skip=a&limit=b");
  CHECK(wrong.status_code == 422);
  CHECK(wrong.text().find(R"("loc":["query","skip"])") != std::string::npos);
  CHECK(wrong.text().find(R"("loc":["query","limit"])") != std::string::npos);
}

TEST_CASE("a dependency is called once a request, unless its cache is not used") {
  App app;
  app.get("/twice", [](Depends<twice> twice, Depends<counted> again) -> Task<std::vector<int>> {
    co_return std::vector{*twice, *again};
  });
  app.get("/afresh", [](Depends<afresh> afresh) -> Task<int> { co_return *afresh; });
  TestClient client(app);
  calls = 0;
  CHECK(client.get("/twice").text() == "[2,1]");
  CHECK(client.get("/twice").text() == "[4,2]");
  calls = 0;
  CHECK(client.get("/afresh").text() == "12");
}

TEST_CASE("a callable object is a dependency, by its value or at its address") {
  App app;
  app.get("/contains", [](Depends<Contains{7}> seven, Depends<Contains{8}> eight) -> Task<int> {
    co_return (*seven ? 1 : 0) + (*eight ? 2 : 0);
  });
  app.get("/meter", [](Depends<&meter> readings) -> Task<int> { co_return *readings; });
  TestClient client(app);
  CHECK(client.get("/contains?q=7").text() == "1");
  CHECK(client.get("/contains?q=8").text() == "2");
  CHECK(client.get("/meter").text() == "1");
  CHECK(client.get("/meter").text() == "2");
}

namespace {

std::thread::id plain_thread() { return std::this_thread::get_id(); }
bool same_thread(Depends<plain_thread> other) { return *other == std::this_thread::get_id(); }
std::thread::id cheap() { return std::this_thread::get_id(); }
struct Cheap {
  static constexpr bool kOnLoop = true;
  std::thread::id operator()() const { return std::this_thread::get_id(); }
};

}  // namespace

TEST_CASE("plain dependencies and their plain handler share one job of the pool") {
  App app({.worker_threads = 1, .max_queued_jobs = 1});
  const auto loop = std::this_thread::get_id();
  app.get("/plain", [=](Depends<plain_thread> thread, Depends<same_thread> same) {
    return *same && *thread == std::this_thread::get_id() && *thread != loop;
  });
  app.get("/coroutine", [=](Depends<plain_thread> thread) -> Task<bool> {
    co_return *thread != loop&& std::this_thread::get_id() == loop;
  });
  TestClient client(app);
  CHECK(client.get("/plain").text() == "true");
  CHECK(client.get("/coroutine").text() == "true");
}

TEST_CASE("a cheap plain function runs on the loop") {
  App app;
  const auto loop = std::this_thread::get_id();
  app.get("/", on_loop([=](Depends<on_loop(cheap)> wrapped, Depends<Cheap{}> marked) {
            return std::this_thread::get_id() == loop && *wrapped == loop && *marked == loop;
          }));
  TestClient client(app);
  CHECK(client.get("/").text() == "true");
}

namespace {

std::vector<std::string> told;
void tell(std::string what) { told.push_back(std::move(what)); }

AsyncGenerator<std::string> outer() {
  tell("outer begins");
  try {
    co_yield std::string("outer");
    tell("outer ends");
  } catch (const std::exception& error) {
    tell(std::string("outer sees ") + error.what());
    throw;
  }
}
AsyncGenerator<std::string> inner(Depends<outer> outer) {
  tell("inner begins");
  try {
    co_yield *outer + "/inner";
    tell("inner ends");
  } catch (const std::exception& error) {
    tell(std::string("inner sees ") + error.what());
    throw HTTPException(503, "inner");
  }
}
AsyncGenerator<int> swallows() {
  try {
    co_yield 1;
  } catch (const std::exception&) {
  }
}
AsyncGenerator<int> fails_behind() {
  co_yield 1;
  throw std::logic_error("behind");
}
AsyncGenerator<int> yields_twice() {
  co_yield 1;
  co_yield 2;
}
AsyncGenerator<int> yields_never() { co_return; }

Task<Response> telling(std::string body) {
  co_return StreamingResponse(
      [body](BodyWriter& writer) -> Task<> {
        co_await writer.write(body);
        tell("sent");
      },
      "text/plain");
}

}  // namespace

TEST_CASE("behind their co_yield dependencies run when the response is sent, the last one first") {
  App app;
  app.get("/", [](Depends<inner> inner) -> Task<Response> { co_return co_await telling(*inner); });
  TestClient client(app);
  told.clear();
  CHECK(client.get("/").text() == "outer/inner");
  CHECK(told == std::vector<std::string>{"outer begins", "inner begins", "sent", "inner ends",
                                         "outer ends"});
}

TEST_CASE("one of the function's scope runs on before the response is sent") {
  App app;
  app.get("/", [](Depends<outer, DependencyScope::kFunction> outer) -> Task<Response> {
    co_return co_await telling(*outer);
  });
  TestClient client(app);
  told.clear();
  CHECK(client.get("/").text() == "outer");
  CHECK(told == std::vector<std::string>{"outer begins", "outer ends", "sent"});
}

TEST_CASE("the request's error is thrown at each co_yield, which may throw another") {
  App app;
  app.get("/bug", [](Depends<inner>) -> Task<int> {
    throw std::runtime_error("bug");
    co_return 1;
  });
  app.get("/outer", [](Depends<outer>) -> Task<int> {
    throw HTTPException(404, "none");
    co_return 1;
  });
  TestClient client(app);
  told.clear();
  const auto response = client.get("/bug");
  CHECK(response.status_code == 503);
  CHECK(response.text() == R"({"detail":"inner"})");
  CHECK(told == std::vector<std::string>{"outer begins", "inner begins", "inner sees bug",
                                         "outer sees inner"});
  CHECK(client.get("/outer").text() == R"({"detail":"none"})");
  CHECK(told.back() == "outer sees none");
}

TEST_CASE("a dependency that keeps the request's error to itself is an error") {
  App app;
  app.get("/", [](Depends<swallows>) -> Task<int> {
    throw std::runtime_error("bug");
    co_return 1;
  });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/"),
                       "a dependency has caught the request's error and not thrown it again",
                       RuntimeError);
}

TEST_CASE("what fails behind a co_yield is told to the server, and the answer stands") {
  App app;
  app.get("/late", [](Depends<fails_behind>) -> Task<int> { co_return 1; });
  app.get("/early",
          [](Depends<fails_behind, DependencyScope::kFunction>) -> Task<int> { co_return 1; });
  app.get("/twice", [](Depends<yields_twice>) -> Task<int> { co_return 1; });
  app.get("/never", [](Depends<yields_never>) -> Task<int> { co_return 1; });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/late"), "behind", std::logic_error);
  CHECK_THROWS_WITH_AS(client.get("/early"), "behind", std::logic_error);
  CHECK_THROWS_AS(client.get("/twice"), RuntimeError);
  CHECK_THROWS_AS(client.get("/never"), RuntimeError);
}

namespace {

struct Item {
  std::string name;
};
struct Owner {
  int id;
};
Task<int> owner_id(Body<Owner, "owner"> owner) { co_return owner->id; }
Task<std::string> item_name(Body<Item, "item"> item) { co_return item->name; }
Task<std::string> whole_body(Body<Item> item) { co_return item->name; }
Task<int> form_name(Form<int, "name"> name) { co_return *name; }

std::string post_json(TestClient& client, std::string_view body) {
  return client
      .post("/", {.headers = {{"content-type", "application/json"}}, .content = std::string(body)})
      .text();
}

}  // namespace

TEST_CASE("a body of a dependency beside the handler's makes both members of one") {
  App app;
  app.post("/", [](Body<Item, "item"> item, Depends<owner_id> owner) -> Task<std::string> {
    co_return item->name + std::to_string(*owner);
  });
  TestClient client(app);
  CHECK(post_json(client, R"({"item":{"name":"a"},"owner":{"id":3}})") == "\"a3\"");
}

TEST_CASE("bodies of dependencies alone are members of one, too") {
  App app;
  app.post("/", [](Depends<owner_id> owner, Depends<item_name> name) -> Task<std::string> {
    co_return *name + std::to_string(*owner);
  });
  TestClient client(app);
  CHECK(post_json(client, R"({"item":{"name":"a"},"owner":{"id":3}})") == "\"a3\"");
  CHECK(post_json(client, R"({"id":3})").contains(R"("loc":["body","owner"])"));
}

TEST_CASE("bodies of one name are one, as in FastAPI") {
  App app;
  app.post("/", [](Body<Owner, "owner"> owner, Depends<owner_id> id) -> Task<int> {
    co_return owner->id + *id;
  });
  TestClient client(app);
  CHECK(post_json(client, R"({"id":3})") == "6");
  CHECK(app.openapi()["paths"]["/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            .dump() == R"({"$ref":"#/components/schemas/Owner"})");
}

TEST_CASE("one of several bodies that has no name is refused with its route") {
  App app;
  const char* const sentence =
      "\"/\": each of several Body<> parameters, of the handler and its dependencies, has a name: "
      "Body<Item, \"item\">, Body<User, \"user\">";
  const auto takes_whole = [](Body<Item>, Depends<owner_id>) -> Task<> { co_return; };
  const auto takes_member = [](Body<Item, "item">, Depends<whole_body>) -> Task<> { co_return; };
  const auto takes_no_body = [](Depends<owner_id>, Depends<whole_body>) -> Task<> { co_return; };
  CHECK_THROWS_WITH_AS(app.post("/", takes_whole), sentence, std::invalid_argument);
  CHECK_THROWS_WITH_AS(app.post("/", takes_member), sentence, std::invalid_argument);
  CHECK_THROWS_WITH_AS(app.post("/", takes_no_body), sentence, std::invalid_argument);
  // Twice the same is one.
  app.post("/", [](Depends<whole_body>, Depends<whole_body, UseCache{false}>) -> Task<int> {
    co_return 1;
  });
  TestClient client(app);
  CHECK(post_json(client, R"({"name":"a"})") == "1");
}

TEST_CASE("a form of a dependency beside a body is refused with its route") {
  App app;
  const char* const sentence =
      "\"/items/{id}\": a Body<> or Form<> and File<> parameters, of the handler and its "
      "dependencies, not both: a request has one body";
  const auto body_of_handler = [](Body<Item>, Depends<form_name>) -> Task<> { co_return; };
  const auto form_of_handler = [](Form<int, "n">, Depends<whole_body>) -> Task<> { co_return; };
  const auto of_dependencies = [](Depends<whole_body>, Depends<form_name>) -> Task<> { co_return; };
  CHECK_THROWS_WITH_AS(app.post("/items/{id}", body_of_handler), sentence, std::invalid_argument);
  CHECK_THROWS_WITH_AS(app.post("/items/{id}", form_of_handler), sentence, std::invalid_argument);
  CHECK_THROWS_WITH_AS(app.post("/items/{id}", of_dependencies), sentence, std::invalid_argument);
  CHECK_THROWS_AS(app.post("/", [](Body<Item>) -> Task<> { co_return; },
                           {.dependencies = dependencies<form_name>()}),
                  std::invalid_argument);
}
