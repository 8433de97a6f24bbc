// SPDX-License-Identifier: MIT
#include "../rooms.hpp"

#include "shop.hpp"

using namespace shop;
using nlohmann::json;
using shop::tests::Shop;

namespace {

WebSocketTestSession enter(Shop& shop, const std::string& room, const std::string& user) {
  return shop.client.websocket_connect("/rooms/" + room, {.params = {{"token", shop.token(user)}}});
}

/// As "ann said hello".
std::string next(WebSocketTestSession& socket) {
  const json message = socket.receive_json();
  std::string told = message["user"].get<std::string>() + " " + message["event"].get<std::string>();
  if (!message["text"].is_null()) told += " " + message["text"].get<std::string>();
  return told;
}

}  // namespace

TEST_CASE("what one says in a room all in it hear, and nobody else") {
  Shop shop;
  shop.user("ann");
  shop.user("bob");
  auto ann = enter(shop, "garden", "ann");
  CHECK(next(ann) == "ann joined");
  auto other = enter(shop, "attic", "ann");
  CHECK(next(other) == "ann joined");
  auto bob = enter(shop, "garden", "bob");
  CHECK(next(bob) == "bob joined");
  CHECK(next(ann) == "bob joined");
  bob.send_text("hello");
  CHECK(next(ann) == "bob said hello");
  CHECK(next(bob) == "bob said hello");
  bob.close();
  CHECK(next(ann) == "bob left");
  other.send_text("alone");
  CHECK(next(other) == "ann said alone");
}

TEST_CASE("a room is empty when the last has left, however they leave") {
  Shop shop;
  shop.user("ann");
  const auto& rooms = shop.app.state().get<Rooms>();
  auto polite = enter(shop, "garden", "ann");
  CHECK(next(polite) == "ann joined");
  {
    const auto dropped = enter(shop, "garden", "ann");
    CHECK(next(polite) == "ann joined");
    CHECK(rooms.member_count("garden") == 2);
  }
  CHECK(next(polite) == "ann left");
  polite.close();
  CHECK(rooms.member_count("garden") == 0);
}

TEST_CASE("a room is for who has a token") {
  Shop shop;
  try {
    shop.client.websocket_connect("/rooms/garden?token=guess");
    FAIL("it was let in");
  } catch (const WebSocketDenialResponse& denial) {
    CHECK(denial.response->status_code == 401);
    CHECK(denial.response->json() == json{{"detail", "Could not validate credentials"}});
  }
  CHECK_THROWS_AS(shop.client.websocket_connect("/rooms/garden"), WebSocketDisconnect);
}

TEST_CASE("who does not listen is put out, and the others go on") {
  Shop shop;
  shop.user("ann");
  auto& rooms = shop.app.state().get<Rooms>();
  Rooms::Member deaf(rooms, "garden");  // nobody takes its messages
  auto ann = enter(shop, "garden", "ann");
  CHECK(next(ann) == "ann joined");
  for (int said = 0; said < Rooms::kMaxWaiting; ++said) {
    ann.send_text("hello");
    CHECK(next(ann) == "ann said hello");
  }
  CHECK_THROWS_AS(deaf.messages().get_nowait(), QueueShutDown);
  ann.send_text("still here");
  CHECK(next(ann) == "ann said still here");
}
