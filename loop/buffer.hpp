// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "frame_pool.hpp"

namespace capricorn {

/// Bytes in one block of the frame pool: appended at the end, consumed at the front. Small ones
/// cost no malloc while a loop runs. Move-only; pointers into it live until the next append or
/// consume.
class Buffer {
 public:
  Buffer() noexcept = default;
  explicit Buffer(std::string_view bytes) { append(bytes); }
  Buffer(Buffer&& other) noexcept
      : data_(other.data_), begin_(other.begin_), end_(other.end_), capacity_(other.capacity_) {
    other.data_ = nullptr;
    other.begin_ = other.end_ = other.capacity_ = 0;
  }
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      release();
      data_ = other.data_;
      begin_ = other.begin_;
      end_ = other.end_;
      capacity_ = other.capacity_;
      other.data_ = nullptr;
      other.begin_ = other.end_ = other.capacity_ = 0;
    }
    return *this;
  }
  ~Buffer() { release(); }

  char* data() noexcept { return data_ + begin_; }
  const char* data() const noexcept { return data_ + begin_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return end_ == begin_; }
  std::string_view view() const noexcept { return {data_ + begin_, end_ - begin_}; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
    end_ += bytes.size();
  }
  void push_back(char c) {
    *prepare(1) = c;
    ++end_;
  }

  /// Room for `size` more bytes; they count once `commit` says how many were written.
  char* prepare(std::size_t size) {
    if (room() < size) grow(size);
    return data_ + end_;
  }
  void commit(std::size_t size) noexcept { end_ += size; }
  /// How much of it there is without moving the bytes.
  std::size_t room() const noexcept { return capacity_ - end_; }

  /// Drops `size` bytes at the front.
  void consume(std::size_t size) noexcept {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void clear() noexcept { begin_ = end_ = 0; }
  /// Keeps the first `size` bytes.
  void truncate(std::size_t size) noexcept { end_ = begin_ + size; }

  /// Gives the memory back: an idle connection holds none.
  void release() noexcept {
    if (data_) give_back();
  }

 private:
  void give_back() noexcept;
  void grow(std::size_t more);

  char* data_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace capricorn
