// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "../../http/application.hpp"
#include "compression.hpp"

namespace capricorn {

/// One response on its way through Compression. It holds the start back until the first of the body
/// shows how large that is. The bytes that it gives on lie in memory of its own.
class CompressingSend final : public Send {
 public:
  /// All outlive it.
  CompressingSend(const Scope& scope, const CompressionOptions& options, Send& next) noexcept
      : scope_(scope), options_(options), next_(next) {}

  ValueTask<void> operator()(const SendEvent& event) override;

 private:
  enum class Step : std::uint8_t { kStart, kHeld, kEncoding, kPassing };
  enum class Plan : std::uint8_t {
    kUntouched,
    kVary,     // unchanged, but another client would have got it encoded
    kConfirm,  // 304 to a client that has the encoded form
    kEncode,
  };
  /// What a job in the pool works on. Shared with it: of a whole body, which nothing follows, a
  /// request that is cancelled does not wait for its job.
  struct Work;

  void hold(const ResponseStart& start);
  ValueTask<void> send_whole(int status, const Headers& headers, std::string_view body);
  ValueTask<void> send_encoded_whole(std::string_view body);
  Task<> send_large_whole(std::string_view body);
  Task<> send_start(std::string_view body, bool more_body);
  Task<> send_first(std::string_view body);
  Task<> send_piece(std::string_view body, bool more_body);
  Task<> send_encoded_piece(bool more_body);
  Task<> send_first_file(FileRange range);
  Task<> send_file(FileRange range);

  Plan plan(int status, const Headers& headers, std::optional<std::uint64_t> size);
  Plan plan_of_304(const Headers& headers);
  void take_headers(const Headers& headers, Plan plan);
  void begin_encoding(std::optional<std::uint64_t> size);
  Work& own_work() const;
  template <class F>
  Task<> work_in_pool(F job);
  void count(std::uint64_t bytes, bool more_body);

  // Request
  const Scope& scope_;
  const CompressionOptions& options_;
  Send& next_;

  // Response
  Step step_ = Step::kStart;
  ContentCoding coding_ = ContentCoding::kIdentity;
  bool identity_refused_ = false;
  int status_ = 0;
  Headers held_;                           // as the application gave them
  Headers headers_;                        // as they are sent
  std::optional<std::uint64_t> promised_;  // the Content-Length that is taken out
  std::uint64_t counted_ = 0;
  std::shared_ptr<Work> work_;  // null while a piece is with the pool
  Buffer sent_;
};

}  // namespace capricorn
