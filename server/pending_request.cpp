// SPDX-License-Identifier: MIT
#include "pending_request.hpp"

#include "../loop/errors.hpp"
#include "http_protocol.hpp"

namespace capricorn {

void PendingRequest::Resume::run() {
  try {
    protocol->resume();
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (...) {  // passes through: the loop tells it, as what the transport hands us
    protocol->transport().abort();
    throw;
  }
}

void FreeRequests::make(std::unique_ptr<PendingRequest>& request) {
  request = std::make_unique<PendingRequest>(limits_, config_);
}

}  // namespace capricorn
