// SPDX-License-Identifier: MIT
// Models from JSON: what is no JSON for nlohmann's parser is none for ours, and what was read is
// written and read back.
#include <capricorn/handlers/date_time.hpp>
#include <capricorn/handlers/decimal.hpp>
#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_write.hpp>
#include <capricorn/handlers/uuid.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

enum class Size { small, large };

struct Tag {
  std::string name;
};

struct Cat {
  Literal<"cat"> type;
  int lives = 9;
};
struct Dog {
  Literal<"dog", "wolf"> type;
  std::string name;
  std::vector<std::variant<Dog, int>> pups;
};

struct Item {
  std::string name;
  std::optional<double> price;
  std::optional<int> count;
  std::vector<Tag> tags;
  bool active = true;
  Size size = Size::small;
  Field<std::variant<int, Tag, std::string>, Required{false}> any;
  std::set<int> set;
  std::optional<DateTime> at;
  std::optional<std::chrono::milliseconds> span;
  std::optional<Decimal> amount;
  std::optional<Uuid> id;
  Field<std::optional<std::variant<Cat, Dog>>, Discriminator{"type"}> pet;
};

/// Whether it is JSON by RFC 8259. nlohmann's parser also refuses, with this number, what no double
/// can hold; the grammar has no such bound, and Python reads it as infinity.
bool is_json(std::string_view text) {
  constexpr int kNumberOverflow = 406;
  try {
    static_cast<void>(nlohmann::json::parse(text));
    return true;
  } catch (const nlohmann::json::exception& error) {
    return error.id == kNumberOverflow;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy that ends where the text does, so that a sanitizer sees who reads beyond it.
  const std::vector<char> copy(data, data + size);
  const std::string_view text(copy.data(), size);
  Item item;
  ValidationErrors errors;
  const bool read = read_json(text, item, errors);
  fuzz::require(read == errors.empty(), "what was not read has errors");
  Buffer out;
  if (!read) {
    write_errors_json(out, errors);
    return 0;
  }
  fuzz::require(is_json(text), "what we read is JSON");
  if (item.price && !std::isfinite(*item.price)) return 0;  // has no JSON
  write_json(out, item);
  Item again;
  fuzz::require(read_json(out.view(), again, errors), "what we write can be read");
  Buffer once_more;
  write_json(once_more, again);
  fuzz::require(out.view() == once_more.view(), "and is the same");
  return 0;
}
