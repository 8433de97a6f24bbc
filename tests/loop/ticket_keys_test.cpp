// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/ticket_keys.hpp>

#include <stdexcept>

using namespace capricorn;

namespace {

constexpr std::time_t kNoon = 1'700'000'000 / TicketKeys::kPeriod * TicketKeys::kPeriod;
constexpr std::time_t kHour = TicketKeys::kPeriod;

TicketKeys::Found find(TicketKeys& keys, const TicketKeys::Key& sealed, std::time_t now) {
  TicketKeys::Key found;
  const TicketKeys::Found result = keys.find(sealed.name.data(), found, now);
  if (result != TicketKeys::Found::kNone) {
    CHECK(found.cipher == sealed.cipher);
    CHECK(found.mac == sealed.mac);
  }
  return result;
}

}  // namespace

TEST_CASE("a ticket key lasts an hour, and opens for two more") {
  TicketKeys keys(kNoon);
  const TicketKeys::Key key = keys.current(kNoon);
  CHECK(find(keys, key, kNoon + kHour - 1) == TicketKeys::Found::kCurrent);
  CHECK(find(keys, key, kNoon + kHour) == TicketKeys::Found::kOlder);
  CHECK(find(keys, key, kNoon + 3 * kHour - 1) == TicketKeys::Found::kOlder);
  CHECK(find(keys, key, kNoon + 3 * kHour) == TicketKeys::Found::kNone);
  CHECK(keys.current(kNoon + kHour).name != key.name);
}

TEST_CASE("who got the text of the keys has the same ones, later too") {
  TicketKeys keys(kNoon);
  const TicketKeys::Key old = keys.current(kNoon);
  TicketKeys copy(keys.text(kNoon + kHour));
  CHECK(find(copy, old, kNoon + kHour) == TicketKeys::Found::kOlder);
  const TicketKeys::Key later = keys.current(kNoon + 10 * kHour);
  CHECK(find(copy, later, kNoon + 10 * kHour) == TicketKeys::Found::kCurrent);
  CHECK(copy.text(kNoon + 10 * kHour) == keys.text(kNoon + 10 * kHour));
  TicketKeys others(kNoon);
  CHECK(find(others, later, kNoon + 10 * kHour) == TicketKeys::Found::kNone);
}

TEST_CASE("what was sealed long ago cannot be opened with what is known now") {
  TicketKeys keys(kNoon);
  const TicketKeys::Key old = keys.current(kNoon);
  TicketKeys stolen(keys.text(kNoon + 3 * kHour));
  CHECK(find(stolen, old, kNoon) == TicketKeys::Found::kNone);
}

TEST_CASE("a clock that is set back changes no key") {
  TicketKeys keys(kNoon);
  const TicketKeys::Key key = keys.current(kNoon + 5 * kHour);
  CHECK(find(keys, key, kNoon) == TicketKeys::Found::kCurrent);
}

TEST_CASE("other texts are refused") {
  for (const char* text : {"", ":", "1:", "x:00", "1:zz", "12345"}) {
    CHECK_THROWS_AS(TicketKeys{std::string(text)}, std::invalid_argument);
  }
  std::string text = TicketKeys(kNoon).text(kNoon);
  text.back() = 'g';
  CHECK_THROWS_AS(TicketKeys{text}, std::invalid_argument);
}
