// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>
#include <capricorn/handlers/test_client.hpp>

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../app.hpp"
#include "../database.hpp"
#include "../mailer.hpp"
#include "temporary_folder.hpp"

namespace shop::tests {

/// Keeps the mails instead of sending them.
class KeptMails final : public Mailer {
 public:
  void send(const Mail& mail) override {
    const std::lock_guard lock(mutex_);
    mails_.push_back(mail);
  }
  std::vector<Mail> all() const {
    const std::lock_guard lock(mutex_);
    return mails_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Mail> mails_;
};

inline constexpr const char* kPassword = "correct horse";

/// The service with a database of its own, and a client of it.
struct Shop {
  explicit Shop(std::size_t logins_a_minute = 1000, TestClientOptions options = {})
      : app(make_app({.token_key = jwt::Key(std::string(32, 'k')),
                      .data_folder = folder / "data",
                      .logins_a_minute = logins_a_minute})),
        client(app, std::move(options)) {
    app.dependency_overrides().set<get_mailer>([this]() -> Mailer& { return mails; });
  }

  /// A user who is logged in: the headers of what he or she asks for.
  TextPairs user(const std::string& name) {
    const auto created = client.post(
        "/users",
        {.json = NewUser{.username = name, .email = name + "@example.org", .password = kPassword}});
    REQUIRE(created.status_code == 201);
    return {{"authorization", "Bearer " + token(name)}};
  }
  std::string token(const std::string& name) {
    const auto answer = log_in(name, kPassword);
    REQUIRE(answer.status_code == 200);
    return answer.json()["access_token"];
  }
  TestResponse log_in(const std::string& name, const std::string& password) {
    return client.post("/token", {.data = {{"username", name}, {"password", password}}});
  }
  Item item(const TextPairs& headers, const std::string& name = "Lamp") {
    const auto created = client.post(
        "/items", {.headers = headers, .json = nlohmann::json{{"name", name}, {"price", "19.90"}}});
    REQUIRE(created.status_code == 201);
    return created.json<Item>();
  }

  capricorn::test::TemporaryFolder folder;
  KeptMails mails;
  App app;
  TestClient client;
};

}  // namespace shop::tests
