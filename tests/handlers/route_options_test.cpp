// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

enum class Colour { red, green };

struct User {
  std::string name;
  std::string password_hash;
  std::optional<std::string> note;
  int visits = 0;
};
struct PublicUser {
  std::string name;
  std::optional<std::string> note;
  int visits = 0;
};
struct Strict {
  Field<std::string, MinLength{8}> name;
};
struct Part {
  std::string name = "none";
  int count = 1;
  int id;
};
struct Cat {
  Literal<"cat"> kind;
  int lives = 9;
};
struct Dog {
  Literal<"dog"> kind;
  int lives = 1;
};
struct Assembly {
  std::string title;
  std::vector<Part> parts;
  std::map<std::string, Part> named;
  std::optional<Part> spare;
  std::variant<Cat, Dog> pet = Cat{"cat"};
  Part main;
  Colour colour = Colour::red;
};

struct Note {
  std::optional<std::string> text;
  std::optional<int> length() const { return std::nullopt; }
  static constexpr ComputedFields<&Note::length> computed_fields{};
};
struct Sheet {
  std::map<std::string, std::optional<int>> counts;
  std::vector<std::optional<int>> list;
  nlohmann::json extra;
  nlohmann::json nothing;
  std::map<std::string, Note> notes;
  std::variant<Cat, std::vector<Note>> either;
  std::optional<int> none;
};

struct Member {
  Field<std::string, Alias{"fullName"}> full_name;
  Field<std::optional<int>, Alias{"full_name"}> age;  // its alias is another's own name
  int number = 1;
};
struct Guest {
  Literal<"guest"> kind;
  Field<std::string, Alias{"invitedBy"}> invited_by;
};
struct Party {
  Field<std::vector<std::variant<Member, Guest>>, Alias{"thoseThere"}> people;
  Field<std::map<std::string, Member>, Alias{"byRole"}> by_role;
  int size() const { return static_cast<int>(people->size()); }
  static constexpr ComputedFields<&Party::size> computed_fields{};
};

Task<User> ann() { co_return User{"ann", "secret", std::nullopt, 0}; }

}  // namespace

TEST_CASE("what a response_model does not declare never leaves") {
  App app;
  app.get("/", ann, {.response_model = response_model<PublicUser>()});
  app.get("/all",
          []() -> Task<std::vector<User>> {
            co_return {User{"ann", "secret", "hi", 2}, User{"bob", "secret", std::nullopt, 0}};
          },
          {.response_model = response_model<std::vector<PublicUser>>(),
           .response_model_exclude_defaults = true});
  app.get("/none", ann,
          {.response_model = response_model<PublicUser>(), .response_model_exclude_none = true});
  app.get("/direct", []() -> Task<Response> { co_return JSONResponse(User{"ann", "x", {}, 1}); },
          {.response_model = response_model<PublicUser>()});
  TestClient client(app);
  CHECK(client.get("/").text() == R"({"name":"ann","note":null,"visits":0})");
  CHECK(client.get("/all").text() == R"([{"name":"ann","note":"hi","visits":2},{"name":"bob"}])");
  CHECK(client.get("/none").text() == R"({"name":"ann","visits":0})");
  CHECK(client.get("/direct").text().find("password_hash") != std::string::npos);
}

TEST_CASE("a required member stays, whatever its value; defaults go from all models of an answer") {
  App app;
  app.get("/empty",
          []() -> Task<std::optional<Part>> { co_return Part{.name = "", .count = 1, .id = 0}; },
          {.response_model_exclude_unset = true});
  app.get("/deep",
          []() -> Task<Assembly> {
            co_return Assembly{.title = "",
                               .parts = {{"a", 1, 0}, {"none", 2, 3}},
                               .named = {{"x", {"none", 1, 0}}},
                               .spare = Part{"none", 1, 5},
                               .pet = Dog{"dog", 9},
                               .main = {"none", 1, 0}};
          },
          {.response_model_exclude_defaults = true});
  app.get("/plain", [] { return Assembly{.title = "t", .main = {"none", 1, 7}}; },
          {.response_model_exclude_defaults = true});
  TestClient client(app);
  CHECK(client.get("/empty").text() == R"({"name":"","id":0})");
  CHECK(client.get("/deep").text() ==
        R"({"title":"","parts":[{"name":"a","id":0},{"count":2,"id":3}],"named":{"x":{"id":0}},)"
        R"("spare":{"id":5},"pet":{"kind":"dog","lives":9},"main":{"id":0}})");
  CHECK(client.get("/plain").text() == R"({"title":"t","pet":{"kind":"cat"},"main":{"id":7}})");
}

TEST_CASE("a null goes from models and stays where it is data: in maps, lists and free JSON") {
  App app;
  app.get("/",
          []() -> Task<Sheet> {
            co_return Sheet{.counts = {{"a", std::nullopt}, {"b", 1}},
                            .list = {std::nullopt, 2},
                            .extra = {{"x", nullptr}},
                            .nothing = nullptr,
                            .notes = {{"n", {}}},
                            .either = std::vector<Note>{{}, {"t"}},
                            .none = {}};
          },
          {.response_model_exclude_none = true});
  app.get("/free", []() -> Task<nlohmann::json> { co_return nlohmann::json{{"x", nullptr}}; },
          {.response_model_exclude_none = true});
  TestClient client(app);
  CHECK(client.get("/").text() ==
        R"({"counts":{"a":null,"b":1},"list":[null,2],"extra":{"x":null},"notes":{"n":{}},)"
        R"("either":[{},{"text":"t"}]})");
  CHECK(client.get("/free").text() == R"({"x":null})");
}

TEST_CASE("a value that does not fit the response_model is an error of the server") {
  App app;
  app.get("/", ann, {.response_model = response_model<Strict>()});
  TestClient client(app);
  CHECK_THROWS_WITH_AS(
      client.get("/"),
      "1 validation error: response.name: String should have at least 8 characters",
      ResponseValidationError);
}

TEST_CASE("status_code is that of the answer to a value, without a body where none may be") {
  App app;
  app.post("/made", ann, {.status_code = 201});
  app.delete_("/gone", []() -> Task<> { co_return; }, {.status_code = 204});
  app.get("/direct", []() -> Task<Response> { co_return PlainTextResponse("x"); },
          {.status_code = 201});
  TestClient client(app);
  CHECK(client.post("/made").status_code == 201);
  const auto gone = client.delete_("/gone");
  CHECK(gone.status_code == 204);
  CHECK(gone.text().empty());
  CHECK(client.get("/direct").status_code == 200);
}

TEST_CASE("what the route says of its answer is not said of a refusal") {
  App app;
  const auto item = [](Body<User> user) -> Task<User> { co_return *user; };
  app.post("/made", item, {.status_code = 201});
  app.delete_("/gone/{id}", [](Path<int, "id">) -> Task<> { co_return; }, {.status_code = 204});
  app.post("/plain", [](Body<User> user) { return *user; }, {.status_code = 202});
  app.post("/shaped", item, {.response_model = response_model<PublicUser>()});
  app.post("/terse", item, {.response_model_exclude_none = true});
  TestClient client(app);
  for (const char* path : {"/made", "/plain", "/shaped", "/terse"}) {
    const auto refused = client.post(path);
    CHECK(refused.status_code == 422);
    CHECK(refused.text() == R"({"detail":[{"type":"missing","loc":["body"],)"
                            R"("msg":"Field required","input":null}]})");
  }
  const auto refused = client.delete_("/gone/x");
  CHECK(refused.status_code == 422);
  CHECK(refused.json()["detail"][0]["type"] == "int_parsing");
}

TEST_CASE("a route's plain functions run in the pool that it names") {
  App app({.worker_threads = 1});
  app.thread_pool("reports", {.threads = 1, .max_queued_jobs = 10});
  std::thread::id common;
  std::thread::id reports;
  app.get("/common", [&] { common = std::this_thread::get_id(); });
  app.get("/reports", [&] { reports = std::this_thread::get_id(); }, {.pool = "reports"});
  TestClient client(app);
  client.get("/common");
  client.get("/reports");
  CHECK(common != std::thread::id());
  CHECK(reports != std::thread::id());
  CHECK(common != reports);
  CHECK_THROWS_WITH_AS(app.get("/other", [] { return 1; }, {.pool = "other"}),
                       "no thread pool is named 'other': app.thread_pool() makes one, before the "
                       "routes that use it",
                       std::invalid_argument);
  CHECK_THROWS_AS(app.thread_pool("reports"), std::invalid_argument);
}

TEST_CASE("a handler's time is over after its route's, also while a dependency is resolved") {
  App app;
  app.get("/",
          []() -> Task<int> {
            co_await sleep(1h);
            co_return 1;
          },
          {.timeout = 1ms});
  TestClient client(app);
  const auto late = client.get("/");
  CHECK(late.status_code == 504);
  CHECK(late.text() == R"({"detail":"Gateway Timeout"})");
}

TEST_CASE("a TimeoutError of the handler's own is no 504 of its route's time") {
  App app;
  app.get("/",
          []() -> Task<int> {
            throw TimeoutError("the database is slow");
            co_return 1;
          },
          {.timeout = 1h});
  app.get("/late",
          []() -> Task<int> {
            co_await finally_async([]() -> Task<> { co_await sleep(1h); },
                                   []() -> Task<> {
                                     throw TimeoutError("neither can it clean up");
                                     co_return;
                                   });
            co_return 1;
          },
          {.timeout = 1ms});
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/"), "the database is slow", TimeoutError);
  CHECK(client.get("/late").status_code == 504);
}

TEST_CASE("without response_model_by_alias members have their own names in answers") {
  const auto party = []() -> Task<Party> {
    Party party;
    party.people->emplace_back(Guest{{}, "ann"});
    party.people->emplace_back(Member{"Bob", 5, 1});
    (*party.by_role)["cook"] = Member{"Cem", {}, 2};
    co_return party;
  };
  App app;
  app.get("/", party);
  app.get("/own", party, {.response_model_by_alias = false});
  app.get("/list", []() -> Task<std::vector<Member>> { co_return {Member{"Bob", {}, 1}}; },
          {.response_model_exclude = {"number"},
           .response_model_exclude_none = true,
           .response_model_by_alias = false});
  app.get("/model", []() -> Task<nlohmann::json> { co_return nlohmann::json{{"fullName", "D"}}; },
          {.response_model = response_model<Member>(),
           .response_model_exclude_defaults = true,
           .response_model_by_alias = false});
  app.get("/either", []() -> Task<std::variant<Member, Guest>> { co_return Guest{{}, "ann"}; },
          {.response_model_exclude = {"kind"}, .response_model_by_alias = false});
  app.get("/number", []() -> Task<int> { co_return 1; }, {.response_model_by_alias = false});
  TestClient client(app);
  CHECK(client.get("/").text().contains(R"("fullName":"Bob","full_name":5)"));
  CHECK(client.get("/own").text() ==
        R"({"people":[{"kind":"guest","invited_by":"ann"},{"full_name":"Bob","age":5,"number":1}],)"
        R"("by_role":{"cook":{"full_name":"Cem","age":null,"number":2}},"size":2})");
  CHECK(client.get("/list").text() == R"([{"full_name":"Bob"}])");
  CHECK(client.get("/model").text() == R"({"full_name":"D"})");
  CHECK(client.get("/either").text() == R"({"invited_by":"ann"})");
  CHECK(client.get("/number").text() == "1");
  CHECK_THROWS_AS(app.get("/stream", []() -> AsyncGenerator<Member> { co_yield Member{}; },
                          {.response_model_by_alias = false}),
                  std::invalid_argument);
}

// The document had the type, and the answer was JSON.
TEST_CASE("a value is answered with the media type of its route") {
  App app;
  const auto hello = []() -> Task<std::string> { co_return "<b>\"hi\"</b>\n"; };
  app.get("/html", hello, {.response_media_type = "text/html"});
  app.get("/csv", hello, {.response_media_type = "text/csv; charset=latin-1"});
  app.get("/text", hello, {.response_media_type = "application/hal+json"});
  app.get("/problem", ann,
          {.response_media_type = "application/problem+json",
           .response_model = response_model<PublicUser>()});
  app.get("/none", []() -> Task<std::optional<std::string>> { co_return std::nullopt; },
          {.response_media_type = "text/plain"});
  app.get("/void", []() -> Task<> { co_return; }, {.response_media_type = "text/plain"});
  app.get("/own", []() -> Task<Response> { co_return PlainTextResponse("x"); },
          {.response_media_type = "text/html"});
  app.get("/said",
          [](Response& response) -> Task<std::string> {
            response.headers().set("content-type", "text/markdown");
            co_return "# hi";
          },
          {.response_media_type = "text/plain"});
  TestClient client(app);
  const auto answer = [&](const char* path) {
    const TestResponse response = client.get(path);
    return std::string(response.headers.get("content-type").value_or("")) + "|" + response.text();
  };
  CHECK(answer("/html") == "text/html; charset=utf-8|<b>\"hi\"</b>\n");
  CHECK(answer("/csv") == "text/csv; charset=latin-1|<b>\"hi\"</b>\n");
  CHECK(answer("/text") == R"(application/hal+json|"<b>\"hi\"</b>\n")");
  CHECK(answer("/problem") == R"(application/problem+json|{"name":"ann","note":null,"visits":0})");
  CHECK(answer("/none") == "text/plain; charset=utf-8|");
  CHECK(answer("/void") == "text/plain; charset=utf-8|");
  CHECK(answer("/own") == "text/plain; charset=utf-8|x");
  CHECK(answer("/said") == "text/markdown|# hi");
  const auto& get = app.openapi()["paths"]["/problem"]["get"];
  CHECK(get["responses"]["200"]["content"]["application/problem+json"]["schema"].contains("$ref"));
}

TEST_CASE("members are chosen by name") {
  App app;
  app.get("/include", ann, {.response_model_include = {"name", "visits"}});
  app.get("/exclude", ann, {.response_model_exclude = {"password_hash"}});
  app.get("/both", ann,
          {.response_model_include = {"name", "note"}, .response_model_exclude = {"note"}});
  app.get("/model", ann,
          {.response_model = response_model<PublicUser>(),
           .response_model_exclude = {"visits"},
           .response_model_exclude_none = true});
  app.get("/list",
          []() -> Task<std::vector<User>> { co_return std::vector<User>{{"a", "x"}, {"b", "y"}}; },
          {.response_model_include = {"name"}});
  app.get("/json",
          []() -> Task<nlohmann::json> { co_return nlohmann::json{{"a", 1}, {"b", {{"a", 2}}}}; },
          {.response_model_exclude = {"a"}});
  TestClient client(app);
  CHECK(client.get("/include").text() == R"({"name":"ann","visits":0})");
  CHECK(client.get("/exclude").text() == R"({"name":"ann","note":null,"visits":0})");
  CHECK(client.get("/both").text() == R"({"name":"ann"})");
  CHECK(client.get("/model").text() == R"({"name":"ann"})");
  CHECK(client.get("/list").text() == R"([{"name":"a"},{"name":"b"}])");
  CHECK(client.get("/json").text() == R"({"b":{"a":2}})");
}

TEST_CASE("a member that is not there cannot be chosen") {
  App app;
  CHECK_THROWS_WITH_AS(
      app.get("/users", ann, {.response_model_exclude = {"password"}}),
      "\"/users\": response_model_exclude has \"password\", and what the route answers has no such "
      "member",
      std::invalid_argument);
  CHECK_THROWS_AS(app.get("/users", ann,
                          {.response_model = response_model<std::vector<PublicUser>>(),
                           .response_model_include = {"password_hash"}}),
                  std::invalid_argument);
}
