// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/handlers/app.hpp>
#include <capricorn/handlers/security/oauth2_form.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <nlohmann/json.hpp>
#include <string>

using namespace capricorn;

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += "[" + text + "]";
  return all;
}

template <class F>
std::string post(std::string form) {
  App app;
  app.post("/token", [](Form<F> sent) -> Task<std::string> {
    co_return sent->username + "/" + *sent->password + "/" + joined(sent->scopes());
  });
  TestClient client(app);
  return client
      .post("/token", {.headers = {{"content-type", "application/x-www-form-urlencoded"}},
                       .content = std::move(form)})
      .text();
}

struct Registration {
  std::string username;
  Field<std::string, Format{"password"}> password;
  Field<std::string, Format{"password"}> again;
};

std::optional<std::string> validate(const Registration& form) {
  if (*form.password != *form.again) return "passwords do not match";
  return std::nullopt;
}

}  // namespace

TEST_CASE("the password form gives name, password and scopes") {
  CHECK(post<OAuth2PasswordRequestForm>("username=ann&password=secret") == R"("ann/secret/")");
  CHECK(
      post<OAuth2PasswordRequestForm>(
          "grant_type=password&username=ann&password=secret&scope=+me++items:read+&client_id=c") ==
      R"("ann/secret/[me][items:read]")");
  CHECK(post<OAuth2PasswordRequestFormStrict>("grant_type=password&username=a&password=b") ==
        R"("a/b/")");
}

TEST_CASE(
    "what a password form keeps secret is a password in the document, which Swagger UI hides") {
  App app;
  app.post("/token", [](Form<OAuth2PasswordRequestForm>) -> Task<> { co_return; });
  app.post("/strict", [](Form<OAuth2PasswordRequestFormStrict>) -> Task<> { co_return; });
  const auto schemas = app.openapi()["components"]["schemas"];
  for (const char* form : {"OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict"}) {
    const auto properties = schemas[form]["properties"];
    CHECK(properties["password"].dump() ==
          R"({"type":"string","format":"password","title":"Password"})");
    CHECK(properties["client_secret"]["format"] == "password");
    CHECK(!properties["username"].contains("format"));
  }
}

TEST_CASE("what is wrong with a whole form repeats no password") {
  App app;
  app.post("/token", [](Form<Registration>) -> Task<> { co_return; });
  const std::string answer =
      TestClient(app)
          .post("/token", {.data = {{"username", "a"}, {"password", "p"}, {"again", "q"}}})
          .text();
  CHECK(answer.contains(R"("msg":"Value error, passwords do not match","input":null)"));
}

TEST_CASE("the password form answers 422 as FastAPI does, and repeats no password") {
  CHECK(post<OAuth2PasswordRequestForm>("password=secret") ==
        R"({"detail":[{"type":"missing","loc":["body","username"],"msg":"Field required",)"
        R"("input":null}]})");
  CHECK(post<OAuth2PasswordRequestForm>("grant_type=code&username=a&password=b")
            .contains(R"({"type":"string_pattern_mismatch","loc":["body","grant_type"],)"
                      R"("msg":"String should match pattern '^password$'","input":"code",)"
                      R"("ctx":{"pattern":"^password$"}})"));
  CHECK(post<OAuth2PasswordRequestFormStrict>("username=a&password=b")
            .contains(R"({"type":"missing","loc":["body","grant_type"],"msg":"Field required")"));
}
