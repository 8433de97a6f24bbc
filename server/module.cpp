// SPDX-License-Identifier: MIT
#include "module.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "../http/module_abi.hpp"

namespace capricorn {
namespace {

[[noreturn]] void refuse(const std::string& sentence) {
  throw LoadError("Error loading application: " + sentence);
}

struct Spec {
  std::string path;
  std::string symbol = "capricorn_app_v1";
};

Spec parse_spec(const std::string& spec, const std::string& folder) {
  Spec parsed{.path = spec};
  const std::size_t colon = spec.rfind(':');
  if (colon != std::string::npos && spec.find('/', colon) == std::string::npos) {
    const std::string name = spec.substr(colon + 1);
    parsed.path = spec.substr(0, colon);
    if (!name.empty() && name != "app") parsed.symbol += "_" + name;
  }
  if (parsed.path.empty()) return parsed;
  if (!folder.empty() && !parsed.path.starts_with('/')) parsed.path.insert(0, folder + "/");
  // Without a slash the dynamic linker would look into the system's folders.
  if (parsed.path.find('/') == std::string::npos) parsed.path.insert(0, "./");
  return parsed;
}

void* open_module(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    refuse("cannot read module '" + path + "': " + std::strerror(errno) + ".");
  }
  if (path.ends_with(".cpp") || path.ends_with(".cc") || path.ends_with(".cxx")) {
    refuse("'" + path + "' is a source file: capricorn dev compiles and serves it.");
  }
  void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!module) {
    const char* reason = ::dlerror();
    refuse("'" + path + "' is no shared object that can be loaded here: " +
           (reason ? reason : "unknown reason") + ".");
  }
  return module;
}

}  // namespace

std::string module_file(const std::string& spec, const std::string& folder) {
  return parse_spec(spec, folder).path;
}

LoadedApplication load_module(const std::string& text, const std::string& folder) {
  const Spec spec = parse_spec(text, folder);
  if (spec.path.empty()) refuse("expected path.so[:name], got '" + text + "'.");
  void* module = open_module(spec.path);
  const auto* entry = static_cast<const ModuleEntry*>(::dlsym(module, spec.symbol.c_str()));
  if (!entry) {
    refuse("module '" + spec.path + "' has no application of that name (no symbol " + spec.symbol +
           ").");
  }
  const std::string_view tag = entry->abi_tag ? entry->abi_tag : "";
  if (tag != kAbiTag) {
    refuse("module '" + spec.path + "' was built with '" + std::string(tag) +
           "', and this server with '" + kAbiTag + "': build it again.");
  }
  Application* application = nullptr;
  try {
    application = entry->create();
  } catch (const std::exception& error) {
    refuse("the factory of '" + spec.path + "' threw: " + error.what());
  } catch (...) {
    refuse("the factory of '" + spec.path + "' threw what is no std::exception.");
  }
  if (!application) refuse("the factory of '" + spec.path + "' gave no application.");
  return {application, entry->destroy};
}

}  // namespace capricorn
