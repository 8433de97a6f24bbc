// SPDX-License-Identifier: MIT
#include "headers.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include "../loop/ascii.hpp"

namespace capricorn {

namespace {

/// A word's bytes at once: of each that is a capital letter the bit that makes it small is set.
template <class Word>
void lower_word(char* text) noexcept {
  constexpr Word kOnes = static_cast<Word>(0x0101010101010101);
  Word word;
  std::memcpy(&word, text, sizeof word);
  const Word low = word & (kOnes * 0x7F);
  const Word from_a = low + kOnes * (0x80 - 'A');        // the top bit: 'A' or more
  const Word beyond_z = low + kOnes * (0x80 - 'Z' - 1);  // the top bit: more than 'Z'
  word |= ((from_a & ~beyond_z & ~word) & (kOnes * 0x80)) >> 2;
  std::memcpy(text, &word, sizeof word);
}

/// The last word overlaps the one before it.
void lower(char* text, std::size_t size) noexcept {
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) lower_word<std::uint64_t>(text + at);
    lower_word<std::uint64_t>(text + size - 8);
  } else if (size >= 4) {
    lower_word<std::uint32_t>(text);
    lower_word<std::uint32_t>(text + size - 4);
  } else {
    for (std::size_t at = 0; at < size; ++at) text[at] = ascii_lower(text[at]);
  }
}

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 128; ++c) table[c] = is_ascii_alnum(static_cast<char>(c));
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto kToken = make_token_table();

void check_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= std::numeric_limits<std::uint16_t>::max();
  if (!good || token_size(name) != name.size()) {
    throw std::invalid_argument("Header name must be a token, got '" + std::string(name) + "'");
  }
}

void check_value(std::string_view value) {
  for (char c : value) {
    if (c == '\r' || c == '\n' || c == '\0') {
      throw std::invalid_argument("Header value must not contain CR, LF or NUL");
    }
  }
}

/// Whether the one is the other in lower case.
bool is_lowered(std::string_view stored, std::string_view name) noexcept {
  if (stored.size() != name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (stored[i] != ascii_lower(name[i])) return false;
  }
  return true;
}

constexpr HeaderId same(std::string_view name, std::string_view known, HeaderId id) noexcept {
  return name == known ? id : HeaderId::kOther;
}

}  // namespace

std::size_t token_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (size < text.size() && kToken[static_cast<unsigned char>(text[size])]) ++size;
  return size;
}

HeaderId header_id(std::string_view name) noexcept {
  using enum HeaderId;
  switch (name.size()) {
    case 4:
      if (name == "host") return kHost;
      return same(name, "date", kDate);
    case 5: return same(name, "range", kRange);
    case 6:
      switch (name[0]) {
        case 'a': return same(name, "accept", kAccept);
        case 'c': return same(name, "cookie", kCookie);
        case 'e': return same(name, "expect", kExpect);
        case 'o': return same(name, "origin", kOrigin);
        case 's': return same(name, "server", kServer);
        default: return kOther;
      }
    case 7: return same(name, "upgrade", kUpgrade);
    case 10:
      if (name == "connection") return kConnection;
      return same(name, "user-agent", kUserAgent);
    case 12: return same(name, "content-type", kContentType);
    case 13:
      if (name == "authorization") return kAuthorization;
      return same(name, "if-none-match", kIfNoneMatch);
    case 14: return same(name, "content-length", kContentLength);
    case 15: return same(name, "accept-encoding", kAcceptEncoding);
    case 17:
      if (name == "if-modified-since") return kIfModifiedSince;
      return same(name, "transfer-encoding", kTransferEncoding);
    default: return kOther;
  }
}

Headers::Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, value] : fields) append(name, value);
}

Headers Headers::clone() const {
  Headers copy;
  copy.bytes_.append(bytes_.view());
  copy.entries_.append(entries_.view());
  copy.seen_ids_ = seen_ids_;
  copy.wire_intact_ = wire_intact_;
  return copy;
}

void Headers::push(const Entry& entry) {
  std::memcpy(entries_.prepare(sizeof(Entry)), &entry, sizeof(Entry));
  entries_.commit(sizeof(Entry));
}

void Headers::Forget::operator()(Buffer* buffer) const noexcept { delete buffer; }

/// Room for more, and what views point into stays where it is.
void Headers::outgrow(std::size_t more) {
  Buffer larger;
  larger.prepare(bytes_.size() + more);
  larger.append(bytes_.view());
  outgrown_.reset(new Buffer(std::move(bytes_)));
  bytes_ = std::move(larger);
  parsed_ = false;
}

bool Headers::holds(std::string_view text) const noexcept {
  const char* const begin = bytes_.data();
  return std::less_equal<>()(begin, text.data()) &&
         std::less<>()(text.data(), begin + bytes_.size());
}

void Headers::append(std::string_view name, std::string_view value) {
  check_name(name);
  check_value(value);
  const std::size_t size = name.size() + 2 + value.size() + 2;
  if (bytes_.room() < size && (holds(name) || holds(value))) [[unlikely]] {  // they would move
    const Buffer own_name(name);
    const Buffer own_value(value);
    return append(own_name.view(), own_value.view());
  }
  if (parsed_ && bytes_.room() < size) [[unlikely]]
    outgrow(size);
  Entry entry{static_cast<std::uint32_t>(bytes_.size()),
              static_cast<std::uint32_t>(bytes_.size() + name.size() + 2),
              static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(name.size()),
              HeaderId::kOther};
  char* to = bytes_.prepare(size);
  std::memcpy(to, name.data(), name.size());
  lower(to, name.size());
  to += name.size();
  *to++ = ':';
  *to++ = ' ';
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
  to += value.size();
  *to++ = '\r';
  *to = '\n';
  bytes_.commit(size);
  entry.id = header_id(name_of(entry));
  seen_ids_ |= header_bit(entry.id);
  push(entry);
}

void Headers::set(std::string_view name, std::string_view value) {
  check_name(name);
  check_value(value);
  remove(name);
  append(name, value);
}

void Headers::remove(std::string_view name) {
  const std::size_t count = this->size();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_lowered(name_of(entries()[i]), name)) entries()[kept++] = entries()[i];
  }
  wire_intact_ = wire_intact_ && kept == count;
  entries_.truncate(kept * sizeof(Entry));
}

void Headers::clear() noexcept {
  bytes_.clear();
  entries_.clear();
  outgrown_.reset();
  seen_ids_ = 0;
  wire_intact_ = true;
  parsed_ = false;
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
  for (Field field : *this) {
    if (field.name == name) return field.value;
  }
  // Nearly all ask in lower case, and for them that was all.
  if (std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; })) return std::nullopt;
  for (Field field : *this) {
    if (is_lowered(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Headers::get(HeaderId id) const noexcept {
  if (!may_have(header_bit(id))) return std::nullopt;
  for (std::size_t i = 0; i < size(); ++i) {
    if (entries()[i].id == id) return (*this)[i].value;
  }
  return std::nullopt;
}

void Headers::append_at(std::uint32_t name_at, std::uint16_t name_size, std::uint32_t value_at,
                        std::uint32_t value_size) {
  push({name_at, value_at, value_size, name_size, HeaderId::kOther});
}

void Headers::append_known(const Headers& known, std::size_t count, std::uint32_t further_back) {
  entries_.append(known.entries_.view().substr(0, count * sizeof(Entry)));
  std::uint32_t ids = 0;
  for (Entry* entry = entries(); entry != entries() + count; ++entry) {
    entry->name_at += further_back;
    entry->value_at += further_back;
    ids |= header_bit(entry->id);
  }
  seen_ids_ = ids;
}

void Headers::adopt(Buffer&& bytes, std::size_t known) noexcept {
  bytes_ = std::move(bytes);
  wire_intact_ = false;
  parsed_ = true;
  std::uint32_t ids = seen_ids_;
  for (std::size_t i = known; i < size(); ++i) {
    Entry& entry = entries()[i];
    lower(bytes_.data() + entry.name_at, entry.name_size);
    entry.id = header_id(name_of(entry));
    ids |= header_bit(entry.id);
  }
  seen_ids_ = ids;
}

}  // namespace capricorn
