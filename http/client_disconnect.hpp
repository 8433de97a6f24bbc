// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace capricorn {

/// The client left before its request's body was complete, or while its answer was streamed.
struct ClientDisconnect : std::runtime_error {
  ClientDisconnect();
  ~ClientDisconnect() override;
};

}  // namespace capricorn
