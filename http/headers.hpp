// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "../loop/buffer.hpp"

namespace capricorn {

/// Header names the server itself looks at, recognised once while parsing.
enum class HeaderId : std::uint8_t {
  kOther,
  kAccept,
  kAcceptEncoding,
  kAuthorization,
  kConnection,
  kContentLength,
  kContentType,
  kCookie,
  kDate,
  kExpect,
  kHost,
  kIfModifiedSince,
  kIfNoneMatch,
  kOrigin,
  kRange,
  kServer,
  kTransferEncoding,
  kUpgrade,
  kUserAgent,
};
/// For a set of them.
constexpr std::uint32_t header_bit(HeaderId id) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(id);
}
/// By lower-case name.
HeaderId header_id(std::string_view lower_case_name) noexcept;

/// How many bytes at the front of `text` are those of a token (RFC 9110, 5.6.2).
std::size_t token_size(std::string_view text) noexcept;

/// A message's header fields in order, names in lower case. All bytes lie in one buffer, so that a
/// message costs one block. Views live until the next change, those into a head that was parsed
/// until that is cleared or goes: a scope's path is such a view, and its headers may be changed.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
    HeaderId id;
  };

  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);
  Headers(Headers&&) noexcept = default;
  Headers& operator=(Headers&&) noexcept = default;
  /// A copy, asked for by name because it costs one.
  Headers clone() const;

  /// Adds a field; the name is lowered. Throws std::invalid_argument where the name is no token or
  /// the value has CR, LF or NUL, saying so (RFC 9110, 5.5). Both may be views of these fields.
  void append(std::string_view name, std::string_view value);
  /// Replaces every field of that name.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear() noexcept;

  /// The first value of that name, in whatever case; soonest found in lower case.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  std::optional<std::string_view> get(HeaderId id) const noexcept;

  /// False where none of these is among the fields: a set of `header_bit`. True where one is, or
  /// was.
  bool may_have(std::uint32_t ids) const noexcept { return (seen_ids_ & ids) != 0; }

  std::size_t size() const noexcept { return entries_.size() / sizeof(Entry); }
  Field operator[](std::size_t index) const noexcept {
    const Entry& entry = entries()[index];
    return {name_of(entry), {bytes_.data() + entry.value_at, entry.value_size}, entry.id};
  }

  class Iterator {
   public:
    Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
    Field operator*() const noexcept { return (*headers_)[index_]; }
    Iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Headers* headers_;
    std::size_t index_;
  };
  Iterator begin() const noexcept { return {this, 0}; }
  Iterator end() const noexcept { return {this, size()}; }

  /// All fields as they stand in a message, "name: value\r\n" each; nothing where some were
  /// removed, replaced or parsed.
  std::optional<std::string_view> wire() const noexcept {
    return wire_intact_ ? std::optional(bytes_.view()) : std::nullopt;
  }

  /// For the parser, which meets the fields before it has the whole head: `append_at` notes where a
  /// field will lie, `adopt` then takes the head's bytes, lowers the names in place and recognises
  /// them, but for the first `known`. Nothing is checked again.
  void adopt(Buffer&& bytes, std::size_t known = 0) noexcept;
  void append_at(std::uint32_t name_at, std::uint16_t name_size, std::uint32_t value_at,
                 std::uint32_t value_size);
  /// The first `count` of another head's, which was adopted, where they will lie so many bytes
  /// further back. Into empty ones.
  void append_known(const Headers& known, std::size_t count, std::uint32_t further_back);
  std::string_view bytes() const noexcept { return bytes_.view(); }

 private:
  struct Entry {
    std::uint32_t name_at;
    std::uint32_t value_at;
    std::uint32_t value_size;
    std::uint16_t name_size;
    HeaderId id;
  };
  Entry* entries() noexcept { return reinterpret_cast<Entry*>(entries_.data()); }
  std::string_view name_of(const Entry& entry) const noexcept {
    return {bytes_.data() + entry.name_at, entry.name_size};
  }
  struct Forget {  // out of line, as the destructor stands wherever a message ends
    void operator()(Buffer* buffer) const noexcept;
  };
  void push(const Entry& entry);
  void outgrow(std::size_t more);
  bool holds(std::string_view text) const noexcept;
  const Entry* entries() const noexcept { return reinterpret_cast<const Entry*>(entries_.data()); }

  Buffer bytes_;
  Buffer entries_;
  std::unique_ptr<Buffer, Forget> outgrown_;  // of a parsed head that had no room for more fields
  std::uint32_t seen_ids_ = 0;
  bool wire_intact_ = true;
  bool parsed_ = false;
};

}  // namespace capricorn
