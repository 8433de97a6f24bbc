// SPDX-License-Identifier: MIT
#include "ordered_dom.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace capricorn {
namespace {

using Json = nlohmann::ordered_json;

/// What nlohmann's parser tells of a text, become a value.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(Json& root) : root_(root) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(std::int64_t value) override { return put(value); }
  bool number_unsigned(std::uint64_t value) override { return put(value); }
  bool number_float(double value, const std::string&) override { return put(value); }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }  // JSON has none

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool key(std::string& name) override {
    Json::object_t& members = *open_.back().value->get_ptr<Json::object_t*>();
    const auto [known, is_new] = open_.back().places.try_emplace(name, members.size());
    if (is_new) members.emplace_back(std::move(name), nullptr);
    member_ = &members.data()[known->second].second;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

 private:
  struct Container {
    Json* value;  // no value around it grows while this one is open
    // Of an object's keys. No hash: a client could choose keys that have the same one.
    std::map<std::string, std::size_t> places = {};
  };

  Json& place(Json&& value) {
    if (open_.empty()) return root_ = std::move(value);
    Json& around = *open_.back().value;
    if (around.is_object()) return *member_ = std::move(value);
    around.push_back(std::move(value));
    return around.back();
  }
  bool put(Json&& value) { return place(std::move(value)), true; }
  bool open(Json&& value) { return open_.push_back({&place(std::move(value))}), true; }
  bool close() { return open_.pop_back(), true; }

  Json& root_;
  Json* member_ = nullptr;  // that the last key names
  std::vector<Container> open_;
};

}  // namespace

bool read_ordered_dom(std::string_view json, nlohmann::ordered_json& value) {
  Builder builder(value);
  if (Json::sax_parse(json, &builder)) return true;
  value = nullptr;
  return false;
}

}  // namespace capricorn
