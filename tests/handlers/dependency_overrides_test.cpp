// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;

namespace {

Task<std::string> database() { co_return "real"; }
std::string setting() { return "real"; }
Task<std::string> repository(Depends<database> database) { co_return "of " + *database; }

App make_app() {
  App app;
  app.get("/", [](Depends<repository> repository, Depends<database> database) -> Task<std::string> {
    co_return *repository + ", " + *database;
  });
  return app;
}

}  // namespace

TEST_CASE("an override stands wherever its dependency is asked for, until it is cleared") {
  App app = make_app();
  TestClient client(app);
  CHECK(client.get("/").text() == "\"of real, real\"");
  const std::string captured = "fake";
  app.dependency_overrides().set<database>([captured] { return captured; });
  CHECK(client.get("/").text() == "\"of fake, fake\"");
  app.dependency_overrides().set<repository>(
      [](Query<std::string, "q"> q) -> Task<std::string> { co_return *q; });
  CHECK(client.get("/?q=mine").text() == "\"mine, fake\"");
  CHECK(client.get("/").status_code == 422);
  app.dependency_overrides().erase<database>();
  CHECK(client.get("/?q=mine").text() == "\"mine, real\"");
  app.dependency_overrides().clear();
  CHECK(client.get("/").text() == "\"of real, real\"");
}

TEST_CASE("an override of a plain function stands for it in the pool and on the loop") {
  App app;
  app.get("/", [](Depends<setting> pooled, Depends<on_loop(setting)> cheap) -> Task<std::string> {
    co_return *pooled + ", " + *cheap;
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "\"real, real\"");
  app.dependency_overrides().set<setting>([] { return std::string("fake"); });
  CHECK(client.get("/").text() == "\"fake, fake\"");
  app.dependency_overrides().set<on_loop(setting)>([] { return std::string("other"); });
  CHECK(client.get("/").text() == "\"fake, other\"");
  app.dependency_overrides().erase<setting>();
  CHECK(client.get("/").text() == "\"real, real\"");
}

TEST_CASE("an override may be a generator, and is left as one") {
  App app = make_app();
  int left = 0;
  app.dependency_overrides().set<database>([&left]() -> AsyncGenerator<std::string> {
    co_yield std::string("lent");
    ++left;
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "\"of lent, lent\"");
  CHECK(left == 1);
}

TEST_CASE("an override that depends on what it stands for is refused") {
  App app = make_app();
  app.dependency_overrides().set<database>(
      [](Depends<repository> repository) -> Task<std::string> { co_return *repository; });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/"), "a dependency depends on itself by its override",
                       std::invalid_argument);
}
