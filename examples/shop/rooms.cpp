// SPDX-License-Identifier: MIT
#include "rooms.hpp"

namespace shop {

Rooms::Member::Member(Rooms& rooms, std::string room) : rooms_(rooms), room_(std::move(room)) {
  rooms_.rooms_[room_].insert(this);
}

Rooms::Member::~Member() {
  const auto room = rooms_.rooms_.find(room_);
  room->second.erase(this);
  if (room->second.empty()) rooms_.rooms_.erase(room);
}

void Rooms::tell(const std::string& room, const RoomMessage& message) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return;
  Buffer text;
  write_json(text, message);
  for (Member* member : found->second) {
    try {
      member->messages_.put_nowait(std::string(text.view()));
    } catch (const QueueFull&) {
      member->messages_.shutdown(true);
    } catch (const QueueShutDown&) {  // on its way out
    }
  }
}

std::size_t Rooms::member_count(const std::string& room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? 0 : found->second.size();
}

Rooms& get_rooms(Request& request) { return request.app().state().get<Rooms>(); }

}  // namespace shop
