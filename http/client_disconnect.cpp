// SPDX-License-Identifier: MIT
#include "client_disconnect.hpp"

namespace capricorn {

ClientDisconnect::ClientDisconnect() : std::runtime_error("the client left") {}
ClientDisconnect::~ClientDisconnect() = default;

}  // namespace capricorn
