// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/middleware/timestamp_signer.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/http/base64.hpp>

#include <ctime>
#include <map>
#include <stdexcept>
#include <string>

using namespace capricorn;

namespace {

struct Basket {
  std::string owner;
  std::vector<int> items;
};

App make_app(SessionOptions options = {.secret_key = "secret"}) {
  App app;
  app.get("/set/{name}/{value}",
          [](Request& request, Path<std::string, "name"> name,
             Path<std::string, "value"> value) -> Task<std::string> {
            request.session().set(*name, *value);
            co_return request.session().json();
          });
  app.get("/show",
          [](Request& request) -> Task<std::string> { co_return request.session().json(); });
  app.get("/pool", [](Request& request) { return request.session().get<std::string>("user"); });
  app.get("/clear", [](Request& request) -> Task<int> {
    request.session().clear();
    co_return 0;
  });
  app.get("/erase",
          [](Request& request) -> Task<bool> { co_return request.session().erase("nothing"); });
  app.get("/other", []() -> Task<int> { co_return 1; });
  app.add_middleware<SessionMiddleware>(std::move(options));
  return app;
}

TestResponse get(TestClient& client, std::string target, std::string cookie) {
  return client.get(target, {.headers = {{"cookie", cookie}}});
}

std::string cookie_of(const TestResponse& response) {
  const std::string field = response.header("set-cookie");
  return field.substr(0, field.find(';'));
}

const std::string kEmpty = "\"{}\"";
const std::string kAnn = R"("{\"user\":\"ann\"}")";

/// A cookie of that time with this in it.
std::string forged(std::string_view json, std::time_t time, const std::string& secret = "secret",
                   HashAlgorithm algorithm = HashAlgorithm::kSha256) {
  return "session=" + TimestampSigner({secret}, algorithm).sign(base64_encode(json), time);
}

}  // namespace

TEST_CASE("a session comes back as it was set, in a cookie that scripts cannot see") {
  App app = make_app();
  TestClient client(app);
  const auto set = client.get("/set/user/ann");
  CHECK(set.header("set-cookie").ends_with("; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax"));
  CHECK(set.header("vary") == "Cookie");
  const auto shown = get(client, "/show", cookie_of(set));
  CHECK(shown.text() == kAnn);
  CHECK(shown.header("set-cookie").empty());
  CHECK(shown.header("vary") == "Cookie");
  CHECK(get(client, "/pool", cookie_of(set)).text() == "\"ann\"");
  client.cookies().clear();
  CHECK(client.get("/pool").text() == "null");
}

TEST_CASE("names and values that are not UTF-8 are kept as text") {
  App app = make_app();
  TestClient client(app);
  CHECK(client.get("/set/%ff/%fe").status_code == 200);
  CHECK(client.get("/show").text() == "\"{\\\"\ufffd\\\":\\\"\ufffd\\\"}\"");
}

TEST_CASE("an answer that did not look at the session says nothing of it") {
  App app = make_app();
  TestClient client(app);
  const auto other = get(client, "/other", cookie_of(client.get("/set/user/ann")));
  CHECK(other.header("set-cookie").empty());
  CHECK(other.header("vary").empty());
  client.cookies().clear();
  CHECK(client.get("/erase").header("set-cookie").empty());
  CHECK(client.get("/clear").header("set-cookie").empty());
}

TEST_CASE("a cleared session is taken from the browser") {
  App app = make_app({.secret_key = "secret", .https_only = true, .domain = "a.org"});
  TestClient client(app);
  const auto cleared = get(client, "/clear", cookie_of(client.get("/set/user/ann")));
  CHECK(cleared.header("set-cookie") ==
        "session=null; Domain=a.org; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Path=/; "
        "SameSite=lax; Secure");
}

TEST_CASE("a cookie that was changed is as good as none") {
  App app = make_app();
  TestClient client(app);
  const std::string good = cookie_of(client.get("/set/user/ann"));
  REQUIRE(get(client, "/show", good).text() == kAnn);
  for (std::size_t i = std::string("session=").size(); i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(changed);
    CHECK(get(client, "/show", changed).text() == kEmpty);
  }
  for (const char* none :
       {"session=", "session=.", "session=..", "session=a.b.c", "session=null"}) {
    CHECK(get(client, "/show", none).text() == kEmpty);
  }
}

TEST_CASE("a session ends with its age, and one from the future has not begun") {
  App app = make_app();
  TestClient client(app);
  const std::time_t now = std::time(nullptr);
  const std::time_t fortnight = 14 * 24 * 3600;
  const std::string_view json = R"({"user":"ann"})";
  CHECK(get(client, "/show", forged(json, now - fortnight + 60)).text() == kAnn);
  CHECK(get(client, "/show", forged(json, now - fortnight - 60)).text() == kEmpty);
  CHECK(get(client, "/show", forged(json, now + 60)).text() == kEmpty);
  App endless = make_app({.secret_key = "secret", .max_age = {}});
  TestClient always(endless);
  CHECK(get(always, "/show", forged(json, now - fortnight * 50)).text() == kAnn);
  CHECK(always.get("/set/a/b").header("set-cookie").ends_with("; HttpOnly; Path=/; SameSite=lax"));
}

TEST_CASE("what is signed and no object is an empty session") {
  App app = make_app();
  TestClient client(app);
  const std::time_t now = std::time(nullptr);
  for (const char* text : {"[1]", "null", "{", "", "\xff"}) {
    CHECK(get(client, "/show", forged(text, now)).text() == kEmpty);
  }
}

TEST_CASE("a secret that was replaced still opens, and does not sign") {
  App app = make_app({.secret_key = "new", .old_secret_keys = {"secret"}});
  TestClient client(app);
  const std::string old = forged(R"({"user":"ann"})", std::time(nullptr));
  CHECK(get(client, "/show", old).text() == kAnn);
  const std::string fresh = cookie_of(get(client, "/set/user/ann", old));
  App strict = make_app({.secret_key = "new"});
  TestClient later(strict);
  CHECK(get(later, "/show", fresh).text() == kAnn);
  CHECK(get(later, "/show", old).text() == kEmpty);
}

TEST_CASE("sessions are signed as itsdangerous 2.1 signs them") {
  // TimestampSigner("secret", digest_method=...) of base64(json.dumps({"user": "ann", "n": 3})).
  const std::string_view value = "eyJ1c2VyIjogImFubiIsICJuIjogM30=";
  const std::time_t time = 1700000000;
  const struct {
    HashAlgorithm algorithm;
    std::string text;
  } cases[] = {
      {HashAlgorithm::kSha1, "eyJ1c2VyIjogImFubiIsICJuIjogM30=.ZVPxAA.aS7fezj2PEWMx6GaNuf9hgeCXEw"},
      {HashAlgorithm::kSha256,
       "eyJ1c2VyIjogImFubiIsICJuIjogM30=.ZVPxAA.rKqEdMdEYV0AMOaHfQzqhbBS6kBmSCtomHX7dobly9c"},
  };
  for (const auto& [algorithm, text] : cases) {
    const TimestampSigner signer({"secret"}, algorithm);
    CHECK(signer.sign(value, time) == text);
    CHECK(signer.unsign(text, time, std::chrono::seconds(0)) == value);
    CHECK_FALSE(signer.unsign(text, time + 1, std::chrono::seconds(0)));
    CHECK_FALSE(signer.unsign(text, time - 1, std::nullopt));
  }
}

TEST_CASE("models are values of a session, and what is no such model is nothing") {
  App app;
  app.get("/put", [](Request& request) -> Task<int> {
    request.session().set("basket", Basket{"ann", {1, 2}});
    request.session().set("n", 7);
    co_return 0;
  });
  app.get("/take", [](Request& request) -> Task<Response> {
    const auto basket = request.session().get<Basket>("basket");
    CHECK_FALSE(request.session().get<Basket>("n"));
    CHECK_FALSE(request.session().get<int>("basket"));
    CHECK_FALSE(request.session().get<int>("missing"));
    CHECK(request.session().contains("n"));
    co_return JSONResponse(*basket);
  });
  app.add_middleware<SessionMiddleware>(SessionOptions{.secret_key = "secret"});
  TestClient client(app);
  CHECK(get(client, "/take", cookie_of(client.get("/put"))).text() ==
        R"({"owner":"ann","items":[1,2]})");
}

TEST_CASE("a session that no cookie holds fails its request") {
  App app;
  app.get("/", [](Request& request) -> Task<int> {
    request.session().set("much", std::string(5000, 'x'));
    co_return 0;
  });
  app.add_middleware<SessionMiddleware>(SessionOptions{.secret_key = "secret"});
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/"), "a cookie's name and value have at most 4096 bytes",
                       std::invalid_argument);
}

TEST_CASE("a session's cookie that browsers would not take is no middleware") {
  const auto refusal = [](SessionOptions options) -> std::string {
    App app;
    try {
      app.add_middleware<SessionMiddleware>(std::move(options));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal({.secret_key = "s", .same_site = "none"}) ==
        "a cookie with samesite 'none' must be secure");
  CHECK(refusal({.secret_key = "s", .same_site = "none", .https_only = true}).empty());
  CHECK(refusal({.secret_key = "s", .same_site = "lenient"}) ==
        "samesite must be either 'strict', 'lax' or 'none'");
  CHECK(refusal({.secret_key = "s", .session_cookie = "my session"})
            .starts_with("a cookie's name must be a token"));
  CHECK(
      refusal({.secret_key = "s", .session_cookie = "__Host-session", .https_only = true}).empty());
  CHECK(refusal({.secret_key = "s", .session_cookie = "__Host-session"})
            .starts_with("a cookie '__Host-"));
}

TEST_CASE("without the middleware there is no session, and without a secret no middleware") {
  App app;
  app.get("/", [](Request& request) -> Task<int> {
    request.session();
    co_return 0;
  });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/"),
                       "SessionMiddleware must be installed to access request.session",
                       RuntimeError);
  App other;
  CHECK_THROWS_AS(other.add_middleware<SessionMiddleware>(SessionOptions{}), std::invalid_argument);
}
