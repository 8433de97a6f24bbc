// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What goes over the wire: what clients send, and what they are sent.
namespace shop {

using namespace capricorn;

// ---------------------------------------------------------------- users

struct NewUser {
  Field<std::string, MinLength{3}, MaxLength{32}, Pattern{"^[a-z0-9_]+$"}> username;
  // Not all that RFC 5322 allows, and nothing that could become a second header of a mail.
  Field<std::string, MaxLength{254}, Pattern{"^[^\\s@<>,;:\"]+@[^\\s@<>,;:\"]+$"}> email;
  Field<std::string, MinLength{8}, MaxLength{128}> password;
};

/// Without a password's hash: a type that has none cannot leak one.
struct User {
  std::int64_t id;
  std::string username;
  std::string email;
};

struct Token {
  std::string access_token;
  std::string token_type;
};

// ---------------------------------------------------------------- items

struct NewItem {
  Field<std::string, MinLength{1}, MaxLength{100}> name;
  Field<Decimal, Gt{0}, MaxDigits{10}, DecimalPlaces{2}> price;  // money is no double
  Field<std::optional<std::string>, MaxLength{1000}> note;
};

/// What is left out stays as it is; a note that is null goes.
struct ItemChange {
  Field<std::optional<std::string>, MinLength{1}, MaxLength{100}> name;
  Field<std::optional<Decimal>, Gt{0}, MaxDigits{10}, DecimalPlaces{2}> price;
  Field<std::optional<std::optional<std::string>>, MaxLength{1000}> note;
};

struct Item {
  std::int64_t id;
  std::string owner;
  std::string name;
  Decimal price;
  std::optional<std::string> note;
  bool has_picture;
};

/// Of a query: which items, and how many at a time.
struct ItemFilter {
  std::optional<std::string> owner;
  Field<int, Ge{1}, Le{100}, Default{20}> limit;
  Field<int, Ge{0}, Default{0}> offset;
};

struct ItemPage {
  std::vector<Item> items;
  std::int64_t total;
  int limit;
  int offset;
};

// ---------------------------------------------------------------- rooms

enum class RoomEvent { joined, said, left };

struct RoomMessage {
  RoomEvent event;
  std::string user;
  std::optional<std::string> text;
};

}  // namespace shop
