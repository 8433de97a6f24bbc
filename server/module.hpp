// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "../http/application.hpp"

namespace capricorn {

/// The application could not be loaded; what() is the sentence to print.
struct LoadError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An application and the module's function that destroys it. Its code stays until the process
/// ends.
using LoadedApplication = std::unique_ptr<Application, void (*)(Application*)>;

/// The file that such a spec means, without the name behind it; "" for none.
std::string module_file(const std::string& spec, const std::string& folder = {});

/// `path.so[:name]`, as uvicorn loads `module:attr`; without a name, or with "app", the module's
/// only one. A relative path is looked for in `folder`, or the working directory for "". Throws
/// LoadError.
LoadedApplication load_module(const std::string& spec, const std::string& folder = {});

}  // namespace capricorn
