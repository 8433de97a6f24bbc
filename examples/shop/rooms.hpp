// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "models.hpp"

namespace shop {

/// Who is in which room of this process. Nobody waits for anybody: what is said goes into the
/// queue of each member, from which a task of the member's own sends. On the loop only, hence no
/// lock.
class Rooms {
 public:
  /// Messages that wait for one who reads slowly; beyond them the member is put out.
  static constexpr std::ptrdiff_t kMaxWaiting = 64;

  /// Somebody in a room, for as long as this lives.
  class Member {
   public:
    Member(Rooms& rooms, std::string room);
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member();

    /// To all in the room, oneself included.
    void tell(const RoomMessage& message) { rooms_.tell(room_, message); }
    /// What is to be sent to this member. It ends by QueueShutDown.
    Queue<std::string>& messages() noexcept { return messages_; }

   private:
    friend class Rooms;
    Rooms& rooms_;
    const std::string room_;
    Queue<std::string> messages_{kMaxWaiting};
  };

  std::size_t member_count(const std::string& room) const;

 private:
  void tell(const std::string& room, const RoomMessage& message);

  std::map<std::string, std::set<Member*>> rooms_;
};

Rooms& get_rooms(Request& request);
using RoomsDep = Depends<on_loop(get_rooms)>;

}  // namespace shop
