// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "answer.hpp"
#include "exchange.hpp"

namespace capricorn::detail {

/// A request and its answer, which is collected or, where `streamed`, waits to be taken.
class HttpExchange final : public Exchange {
 public:
  HttpExchange(std::shared_ptr<ExchangeHouse> house, const OutgoingRequest& request,
               const TestPeer& peer, const TestRequestOptions& options, bool streamed);

  Answer& answer() noexcept { return answer_; }
  /// Until the answer has begun, or the application ended.
  Task<> wait_for_head();
  /// What came of the body; nothing at its end.
  Task<std::optional<std::string>> next_chunk();

  ValueTask<ReceiveEvent> operator()() override;
  ValueTask<void> operator()(const SendEvent& event) override;

 private:
  bool answered() const noexcept override { return answer_.complete(); }
  const char* left_undone() const noexcept override;
  bool dies_with_client() const noexcept override;
  ReceiveEvent next_body();
  Task<ReceiveEvent> wait_for_disconnect();
  Task<> wait_until_taken();

  // Request
  std::string_view body_;  // what is left of it
  std::string chunk_;      // in the application's hands
  const std::size_t chunk_size_;
  const std::optional<std::size_t> cut_;  // bytes of the body that come at all
  bool asked_ = false;
  bool given_ = false;

  // Response
  Answer answer_;
  const bool streamed_;
  bool refused_ = false;  // by the server in whose place we are
};

}  // namespace capricorn::detail
