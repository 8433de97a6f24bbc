// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace capricorn {

/// One file of a new project: @NAME@ stands for the project's name, @VERSION@ for ours.
struct TemplateFile {
  std::string_view path;
  std::string_view text;
};
std::span<const TemplateFile> project_template() noexcept;

/// The text with what stands for a name and a version replaced.
std::string fill_template(std::string_view text, std::string_view name, std::string_view version);

}  // namespace capricorn
