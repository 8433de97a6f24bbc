// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "../../loop/buffer.hpp"
#include "../json_write.hpp"

namespace capricorn::detail {

/// Writes OpenAPI's Security Scheme Object.
class SchemeJson {
 public:
  SchemeJson(std::string_view type, std::string_view description) {
    out_.push_back('{');
    add("type", type);
    add("description", description);
  }

  /// Unless it is empty.
  void add(std::string_view name, std::string_view text) {
    if (!text.empty()) add_text(name, text);
  }
  void add_text(std::string_view name, std::string_view text) {
    add_name(name);
    write_json_string(out_, text);
  }
  void open(std::string_view name) {
    add_name(name);
    out_.push_back('{');
    first_ = true;
  }
  void close() {
    out_.push_back('}');
    first_ = false;
  }
  std::string finish() {
    out_.push_back('}');
    return std::string(out_.view());
  }

 private:
  void add_name(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    write_json_string(out_, name);
    out_.push_back(':');
  }

  Buffer out_;
  bool first_ = true;
};

}  // namespace capricorn::detail
