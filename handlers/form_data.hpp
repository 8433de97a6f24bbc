// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "../loop/task.hpp"
#include "upload_file.hpp"

namespace capricorn {

class Request;

/// What a form may have; more is answered with 400.
struct FormLimits {
  std::size_t max_files = 1000;
  std::size_t max_fields = 1000;
  std::size_t max_part_size = 1 << 20;  // bytes of one field; files are limited by the body's size
  std::size_t max_part_head = 8192;     // bytes of the headers of one part
};

/// The fields and files of a form in the order in which they came, several of a name included.
class FormData {
 public:
  struct Item {
    std::string name;
    std::variant<std::string, UploadFile> value;

    const std::string* text() const noexcept { return std::get_if<std::string>(&value); }
    const UploadFile* file() const noexcept { return std::get_if<UploadFile>(&value); }
  };

  void append(std::string name, std::string value);
  void append(std::string name, UploadFile file);

  /// The last field of that name; nothing where it is a file.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  std::vector<std::string_view> getlist(std::string_view name) const;
  /// The last file of that name.
  std::optional<UploadFile> file(std::string_view name) const;
  std::vector<UploadFile> files(std::string_view name) const;
  /// The last of that name, whatever it is; null where there is none.
  const Item* find(std::string_view name) const noexcept;

  std::size_t size() const noexcept { return items_.size(); }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }

 private:
  std::vector<Item> items_;
};

/// Reads the request's body as a form while it comes: never more of it is in memory than its fields
/// and the first MiB of each file. Empty where the body is no form. Throws HTTPException (400) for
/// a form that is malformed, cut or over the limits; ClientDisconnect. The request outlives it.
Task<FormData> read_form(Request& request, FormLimits limits);

}  // namespace capricorn
