// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "async_generator.hpp"
#include "fixed_string.hpp"
#include "task.hpp"

namespace capricorn {

class FileState;

/// Where an offset counts from.
enum class Whence : unsigned char { kStart, kCurrent, kEnd };

/// Two things have this name. `File`, without arguments, is what `open_file` gives; the parameter
/// of a handler that takes a form's file is `File<UploadFile, "photo">`.
template <class T = void, FixedString name = "", auto... options>
class File;

/// A file whose every access is a job of the loop's default pool, for there is no file that cannot
/// block. A move-only handle; dropping it closes the file. Bytes are read and written as they are:
/// text is not decoded and line ends are not translated. Nothing waits in a write buffer of ours.
///
/// It may be moved, and even dropped, while a coroutine awaits one of its functions. Accesses at
/// once follow each other, in no particular order. A cancelled one is finished by its thread all
/// the same. Each throws std::system_error with the path and the reason, std::invalid_argument
/// where the file was closed. https://github.com/Tinche/aiofiles
template <>
class File<> {
 public:
  File() noexcept = default;
  explicit File(std::shared_ptr<FileState> state) noexcept : state_(std::move(state)) {}

  /// Up to `n` bytes, fewer only at the end of the file. -1: all that is left.
  CAPRICORN_CORO_WRAPPER Task<std::string> read(std::ptrdiff_t n = -1);
  /// Through "\n"; "" at the end of the file. Most lines are there already and cost no job.
  CAPRICORN_CORO_WRAPPER Task<std::string> readline();
  /// Each line that is left: `while (auto line = co_await lines.next())`.
  CAPRICORN_CORO_WRAPPER AsyncGenerator<std::string> lines();
  /// All of it; gives its size.
  CAPRICORN_CORO_WRAPPER Task<std::size_t> write(std::string bytes);
  /// Gives the new position.
  CAPRICORN_CORO_WRAPPER Task<std::int64_t> seek(std::int64_t offset,
                                                 Whence whence = Whence::kStart);
  CAPRICORN_CORO_WRAPPER Task<std::int64_t> tell();
  /// To the position, where no size is given; the position stays. Gives the size.
  CAPRICORN_CORO_WRAPPER Task<std::int64_t> truncate(std::optional<std::int64_t> size = {});
  /// What was written is with the system already: only tells of a closed file.
  CAPRICORN_CORO_WRAPPER Task<> flush();
  /// Waits for accesses under way. Idempotent.
  CAPRICORN_CORO_WRAPPER Task<> close();
  bool closed() const noexcept;
  const std::string& path() const noexcept;
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  std::shared_ptr<FileState> state_;  // shared with the coroutines and jobs under way
};

/// Python's modes: one of r, w, a and x, with a + or without; b and t mean the same. Throws
/// std::system_error, and std::invalid_argument for another mode and for a null character in the
/// path. https://docs.python.org/3/library/functions.html#open
Task<File<>> open_file(std::string path, std::string mode = "r");

}  // namespace capricorn
