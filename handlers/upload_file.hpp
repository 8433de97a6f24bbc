// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "../http/headers.hpp"
#include "../loop/task.hpp"
#include "spooled_file.hpp"

namespace capricorn {

/// A file that came with a form: up to 1 MiB in memory, beyond it in a temporary file without a
/// name, which goes with the request at the latest. A move-only handle. What touches the disk does
/// it in the loop's default pool, and is finished there even where its task is cancelled. Accesses
/// throw std::system_error, and std::invalid_argument once it is closed.
class UploadFile {
 public:
  static constexpr std::size_t kMaxMemory = 1 << 20;

  UploadFile() noexcept = default;
  UploadFile(std::string filename, Headers headers);
  UploadFile(UploadFile&&) noexcept = default;
  UploadFile& operator=(UploadFile&&) noexcept = default;

  /// As the client says, who may say anything: no path to write to. "" where the browser's user
  /// chose no file.
  const std::string& filename() const noexcept { return state_->filename; }
  std::optional<std::string_view> content_type() const noexcept;
  /// Of its part of the form.
  const Headers& headers() const noexcept { return state_->headers; }
  std::uint64_t size() const { return state_->file->size(); }

  /// Up to `n` bytes from the position, fewer only at the end. -1: all that is left.
  CAPRICORN_CORO_WRAPPER Task<std::string> read(std::ptrdiff_t n = -1);
  CAPRICORN_CORO_WRAPPER Task<std::size_t> write(std::string bytes);
  CAPRICORN_CORO_WRAPPER Task<> seek(std::int64_t offset);
  CAPRICORN_CORO_WRAPPER Task<> close();
  /// All of it into memory, however large; the position goes to the start.
  CAPRICORN_CORO_WRAPPER Task<> load();
  /// The same without a loop, for functions that may block.
  SpooledFile& file() const noexcept { return *state_->file; }

  explicit operator bool() const noexcept { return state_ != nullptr; }
  /// Another handle on the same file, its position included.
  UploadFile share() const noexcept { return UploadFile(state_); }

 private:
  struct State {
    State(std::string filename, Headers headers);
    State(const State&) = delete;
    ~State();

    const std::string filename;
    const Headers headers;
    const std::shared_ptr<SpooledFile> file;  // shared with the jobs under way
  };
  explicit UploadFile(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<State> state_;  // of all handles: the form's, the handler's
};

}  // namespace capricorn
