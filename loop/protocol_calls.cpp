// SPDX-License-Identifier: MIT
#include "protocol_calls.hpp"

#include "loop.hpp"
#include "report_exception.hpp"

namespace capricorn {
namespace {

/// Whether `call` returned; `message` is for the report.
template <class F>
bool guarded(Loop& loop, const char* message, F call) {
  try {
    call();
    return true;
  } catch (const KeyboardInterrupt&) {
    throw;
  } catch (...) {  // told, not swallowed: a protocol's error never ends the loop
    report_exception(loop, message);
    return false;
  }
}

}  // namespace

bool ProtocolCalls::data_received(std::string_view data) {
  return guarded(loop_, "Fatal error: protocol.data_received() call failed.",
                 [&] { protocol_->data_received(data); });
}

bool ProtocolCalls::eof_received() {
  return guarded(loop_, "Fatal error: protocol.eof_received() call failed.",
                 [&] { protocol_->eof_received(); });
}

void ProtocolCalls::eof_waits() {
  guarded(loop_, "protocol.eof_waits() failed", [&] { protocol_->eof_waits(); });
}

void ProtocolCalls::connection_lost(std::error_code reason) {
  Loop& loop = loop_;
  Protocol& protocol = *protocol_;
  guarded(loop, "protocol.connection_lost() failed", [&] { protocol.connection_lost(reason); });
}

void ProtocolCalls::mark_passed() {
  if (!protocol_) return;
  writing_paused_ = !writing_paused_;
  if (writing_paused_)
    guarded(loop_, "protocol.pause_writing() failed", [&] { protocol_->pause_writing(); });
  else
    guarded(loop_, "protocol.resume_writing() failed", [&] { protocol_->resume_writing(); });
}

}  // namespace capricorn
