// SPDX-License-Identifier: MIT
// Rooms to chat in: one websocket for each person. docs/websocket.md tells about it.
#include <capricorn/capricorn.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <map>
#include <set>
#include <string>

using namespace capricorn;

namespace {

Task<> echo(WebSocket& socket) {
  co_await socket.accept();
  while (auto text = co_await socket.receive_text()) co_await socket.send_text("you said " + *text);
}

/// Who is in which room. All of it runs on one loop: no lock.
class Rooms {
 public:
  void enter(const std::string& room, WebSocket& socket) { rooms_[room].insert(&socket); }
  void leave(const std::string& room, WebSocket& socket) {
    rooms_[room].erase(&socket);
    if (rooms_[room].empty()) rooms_.erase(room);  // or each name that a client made up would stay
  }

  Task<> broadcast(std::string room, std::string text) {
    const std::set<WebSocket*> members = members_of(room);  // others come and go while this waits
    for (WebSocket* member : members) {
      if (!members_of(room).contains(member)) continue;
      try {
        co_await member->send_text(text);
      } catch (const WebSocketDisconnect&) {  // its own handler sees to it
      }
    }
  }

 private:
  const std::set<WebSocket*>& members_of(const std::string& room) const {
    static const std::set<WebSocket*> kNobody;
    const auto found = rooms_.find(room);
    return found == rooms_.end() ? kNobody : found->second;
  }

  std::map<std::string, std::set<WebSocket*>> rooms_;
};

/// In a room for as long as this lives.
class Membership {
 public:
  Membership(Rooms& rooms, const std::string& room, WebSocket& socket)
      : rooms_(rooms), room_(room), socket_(socket) {
    rooms_.enter(room_, socket_);
  }
  Membership(const Membership&) = delete;
  ~Membership() { rooms_.leave(room_, socket_); }

 private:
  Rooms& rooms_;
  std::string room_;
  WebSocket& socket_;
};

Task<> chat(Rooms& rooms, WebSocket& socket, std::string room, std::string name) {
  co_await socket.accept();
  {
    const Membership membership(rooms, room, socket);
    co_await rooms.broadcast(room, name + " enters");
    while (auto text = co_await socket.receive_text()) {
      co_await rooms.broadcast(room, name + ": " + *text);
    }
  }
  co_await rooms.broadcast(room, name + " leaves");
}

struct Sum {
  double sum;
};

/// Adds what comes: {"add": 3} is answered with {"sum": 3.0}.
Task<> adder(WebSocket& socket) {
  co_await socket.accept();
  Sum total{0};
  while (auto message = co_await socket.receive_json()) {
    if (!message->contains("add") || !message->at("add").is_number()) {
      throw WebSocketException(1008, "expected {\"add\": number}");
    }
    total.sum += message->at("add").get<double>();
    if (!std::isfinite(total.sum)) throw WebSocketException(1008, "too large");
    co_await socket.send_json(total);
  }
}

Task<> secret(WebSocket& socket, Query<std::string, "token", Default{""}> token) {
  if (*token != "open sesame") throw HTTPException(401, "Not authenticated");
  co_await socket.accept();
  co_await socket.send_text("come in");
  co_await socket.close(1000, "that is all");
}

/// Text as text, bytes as bytes, in the protocol that both know; nothing is copied.
Task<> mirror(WebSocket& socket) {
  if (!socket.offers("mirror.v1")) throw WebSocketException(1008);
  co_await socket.accept("mirror.v1");
  while (const auto message = co_await socket.receive()) {
    if (message->text)
      co_await socket.send_text(message->data);
    else
      co_await socket.send_bytes(message->data);
  }
}

App make_app() {
  App app({.title = "Chat"});
  app.websocket("/echo", echo);
  auto rooms = std::make_shared<Rooms>();  // the handlers' own, for as long as the app lives
  app.websocket("/rooms/{room}",
                [rooms](WebSocket& socket, Path<std::string, "room"> room,
                        Query<std::string, "name", Default{"someone"}> name) -> Task<> {
                  co_await chat(*rooms, socket, *room, *name);
                });
  app.websocket("/sum", adder);
  app.websocket("/secret", secret);
  app.websocket("/mirror", mirror, {.max_message = 64 << 10});
  return app;
}

}  // namespace

CAPRICORN_APP(make_app)
