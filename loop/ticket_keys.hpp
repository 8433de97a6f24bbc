// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>

namespace capricorn {

/// Keys that session tickets are sealed with: a new one each hour, and those of the last two hours
/// to open what was sealed then. Each hour's secret is made from the one before, which is then
/// forgotten: who has copies of the same keys goes on with the same ones without a word, and who
/// steals them cannot open what was sealed long before. Any thread.
class TicketKeys {
 public:
  static constexpr std::time_t kPeriod = 3600;
  static constexpr std::size_t kAccepted = 3;  // periods, this one included

  struct Key {
    std::array<unsigned char, 16> name;  // stands in the ticket
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
  };

  /// New ones. Throws std::runtime_error where the system has no random numbers.
  explicit TicketKeys(std::time_t now = std::time(nullptr));
  /// Of `text()`. Throws std::invalid_argument.
  explicit TicketKeys(const std::string& text);
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys();

  /// For another process that is to open the same tickets. A secret.
  std::string text(std::time_t now = std::time(nullptr));

  Key current(std::time_t now = std::time(nullptr));
  enum class Found : unsigned char { kNone, kCurrent, kOlder };
  Found find(const unsigned char* name, Key& key, std::time_t now = std::time(nullptr));

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace capricorn
