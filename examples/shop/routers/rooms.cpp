// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include "../models.hpp"
#include "../rooms.hpp"
#include "../security.hpp"
#include "routers.hpp"

namespace shop {
namespace {

/// Sends what is told to the member, until one of them has left. Both outlive it: they are the
/// handler's, which waits for it.
Task<> send_messages(WebSocket& socket, Rooms::Member& member) {
  try {
    for (;;) {
      const std::string text = co_await member.messages().get();
      co_await socket.send_text(text);
    }
  } catch (const QueueShutDown&) {        // the room has taken the member out
  } catch (const WebSocketDisconnect&) {  // the client has left: there is nothing to close
  }
  co_await socket.close(1013, "You read too slowly");
}

/// Until the client leaves, or the server stops.
Task<> receive_messages(WebSocket& socket, Rooms::Member& member, std::string user) {
  member.tell({RoomEvent::joined, user, {}});
  while (auto text = co_await socket.receive_text()) {
    member.tell({RoomEvent::said, user, std::move(text)});
  }
  member.messages().shutdown(true);
  member.tell({RoomEvent::left, user, {}});
}

Task<> enter_room(WebSocket& socket, Path<std::string, "room"> room, Depends<user_of_query> user,
                  RoomsDep rooms) {
  co_await socket.accept();
  Rooms::Member member(*rooms, *room);
  co_await TaskGroup::run([&](TaskGroup& group) -> Task<> {
    group.create_task(send_messages(socket, member));
    co_await receive_messages(socket, member, user->username);
  });
}

}  // namespace

APIRouter rooms_router() {
  APIRouter router;
  router.websocket("/rooms/{room}", enter_room, {.max_message = 4096});
  return router;
}

}  // namespace shop
