// SPDX-License-Identifier: MIT
#include <latch>

#include "shop.hpp"

using namespace shop;
using nlohmann::json;
using shop::tests::Shop;

namespace {

/// Sends nothing until it is let.
class HeldMailer final : public Mailer {
 public:
  void send(const Mail&) override {
    let_.wait();
    ++sent;
  }
  void let() { let_.count_down(); }
  std::atomic<int> sent = 0;

 private:
  std::latch let_{1};
};

TestResponse me(Shop& shop, TextPairs headers) {
  return shop.client.get("/users/me", {.headers = std::move(headers)});
}

}  // namespace

TEST_CASE("who registers and logs in is known by the token") {
  Shop shop;
  const auto ann = shop.user("ann");
  const auto answer = me(shop, ann);
  CHECK(answer.status_code == 200);
  CHECK(answer.json() == json{{"id", 1}, {"username", "ann"}, {"email", "ann@example.org"}});
}

TEST_CASE("a wrong password and a name that nobody has are refused alike") {
  Shop shop;
  shop.user("ann");
  const auto wrong = shop.log_in("ann", "guess");
  const auto unknown = shop.log_in("nobody", "guess");
  CHECK(wrong.status_code == 401);
  CHECK(wrong.header("www-authenticate") == "Bearer");
  CHECK(wrong.json() == json{{"detail", "Incorrect username or password"}});
  CHECK(unknown.status_code == 401);
  CHECK(unknown.json() == wrong.json());
}

TEST_CASE("without a token, or with another's or an old one, nobody is known") {
  Shop shop;
  shop.user("ann");
  const jwt::Key other(std::string(32, 'x'));
  const jwt::Key ours(std::string(32, 'k'));
  const auto now = jwt::numeric_date(std::chrono::system_clock::now());
  const auto bearer = [](const std::string& token) {
    return TextPairs{{"authorization", "Bearer " + token}};
  };
  const auto missing = me(shop, {});
  CHECK(missing.status_code == 401);
  CHECK(missing.json() == json{{"detail", "Not authenticated"}});
  for (const std::string& token : {
           jwt::encode(json{{"sub", "ann"}, {"exp", now + 60}}, other),
           jwt::encode(json{{"sub", "ann"}, {"exp", now - 60}}, ours),
           jwt::encode(json{{"sub", "bob"}, {"exp", now + 60}}, ours),
           jwt::encode(json{{"sub", "ann"}}, ours),  // for ever
           std::string("nonsense"),
       }) {
    const auto refused = me(shop, bearer(token));
    CHECK(refused.status_code == 401);
    CHECK(refused.json() == json{{"detail", "Could not validate credentials"}});
  }
  CHECK(me(shop, bearer(jwt::encode(json{{"sub", "ann"}, {"exp", now + 60}}, ours))).status_code ==
        200);
}

TEST_CASE("a name is given once") {
  Shop shop;
  shop.user("ann");
  const auto again = shop.client.post("/users", {.json = json{{"username", "ann"},
                                                              {"email", "other@example.org"},
                                                              {"password", "correct horse"}}});
  CHECK(again.status_code == 409);
  CHECK(again.json() == json{{"detail", "The name ann is taken"}});
}

TEST_CASE("all that is wrong with a new user is told at once") {
  Shop shop;
  const auto answer = shop.client.post(
      "/users",
      {.json = json{{"username", "A"}, {"email", "a@b\r\nBcc: c@d"}, {"password", "short"}}});
  CHECK(answer.status_code == 422);
  std::vector<std::string> fields;
  for (const json& error : answer.json()["detail"]) fields.push_back(error["loc"][1]);
  CHECK(fields == std::vector<std::string>{"username", "email", "password"});
  CHECK(shop.mails.all().empty());
}

TEST_CASE("passwords lie in the database as hashes") {
  Shop shop;
  shop.user("ann");
  const auto stored = shop.app.state().get<Database>().find_user("ann");
  REQUIRE(stored);
  CHECK(PasswordHash::verify(tests::kPassword, stored->password_hash));
  CHECK(!stored->password_hash.contains(tests::kPassword));
}

TEST_CASE("a hash of a cost of years ago is made anew at the next login, and once") {
  Shop shop;
  auto& database = shop.app.state().get<Database>();
  const std::string old = PasswordHash::scrypt({.log_n = 10}).hash(tests::kPassword);
  database.create_user({"ann", "ann@example.org", ""}, old);
  CHECK(shop.log_in("ann", "guess").status_code == 401);
  CHECK(database.find_user("ann")->password_hash == old);
  CHECK(shop.log_in("ann", tests::kPassword).status_code == 200);
  const std::string renewed = database.find_user("ann")->password_hash;
  CHECK(renewed != old);
  CHECK(shop.log_in("ann", tests::kPassword).status_code == 200);
  CHECK(database.find_user("ann")->password_hash == renewed);
}

TEST_CASE("the welcome leaves when the answer is sent") {
  Shop shop;
  HeldMailer mailer;
  shop.app.dependency_overrides().set<get_mailer>([&mailer]() -> Mailer& { return mailer; });
  auto answer = shop.client.stream(
      "POST", "/users",
      {.json =
           json{{"username", "ann"}, {"email", "ann@example.org"}, {"password", "correct horse"}}});
  CHECK(answer.status_code() == 201);
  CHECK(json::parse(*answer.next())["username"] == "ann");
  CHECK(mailer.sent == 0);
  mailer.let();
  CHECK(!answer.next());  // the end comes when all is done
  CHECK(mailer.sent == 1);
}

TEST_CASE("a mail is a file in the outbox") {
  Shop shop;
  shop.app.dependency_overrides().clear();
  shop.user("ann");
  std::vector<std::string> mails;
  for (const auto& entry : std::filesystem::directory_iterator(shop.folder / "data/outbox")) {
    CHECK(entry.path().extension() == ".eml");
    std::ifstream file(entry.path());
    mails.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].contains("To: <ann@example.org>\r\n"));
  CHECK(mails[0].ends_with("\r\n\r\nHello ann, your shop is open.\r\n"));
}

TEST_CASE("who tries too many passwords waits, and nobody else does") {
  Shop shop(3, {.virtual_clock = true});
  shop.user("ann");  // the first login
  CHECK(shop.log_in("ann", "guess").status_code == 401);
  CHECK(shop.log_in("ann", "guess").status_code == 401);
  const auto refused = shop.log_in("ann", tests::kPassword);
  CHECK(refused.status_code == 429);
  CHECK(refused.header("retry-after") == "20");
  CHECK(shop.client.get("/items").status_code == 200);
  shop.client.advance(std::chrono::seconds(20));
  CHECK(shop.log_in("ann", tests::kPassword).status_code == 200);
}

TEST_CASE("the limit on logins holds behind a proxy's prefix") {
  Shop shop(1, {.root_path = "/api"});
  const auto guess = [&] {
    return shop.client.post("/api/token", {.data = {{"username", "ann"}, {"password", "guess"}}})
        .status_code;
  };
  CHECK(guess() == 401);
  CHECK(guess() == 429);
}

TEST_CASE("the limit on logins holds for clients of a Unix socket, who have no address") {
  Shop shop(1, {.client = {"", 0}});
  CHECK(shop.log_in("ann", "guess").status_code == 401);
  CHECK(shop.log_in("ann", "guess").status_code == 429);
}
