// SPDX-License-Identifier: MIT
#include "control_socket.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>

#include "../../loop/platform.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kPrefix = "capricorn-";

#if defined(__linux__)
/// Containers may have a network together, and so these names, and each has a process 1.
std::string suffix() {
  char name[64];
  const ssize_t size = ::readlink("/proc/self/ns/pid", name, sizeof name);
  if (size <= 0) return {};
  const std::string_view text(name, static_cast<std::size_t>(size));
  const std::size_t begin = std::min(text.find('['), text.size());
  return "." + std::string(text.substr(begin, text.find(']') - begin)).erase(0, 1);
}
#else
std::string suffix() { return ".sock"; }
#endif

std::optional<pid_t> pid_in(std::string_view name, std::string_view suffix) {
  const std::size_t at = name.find(kPrefix);
  if (at == name.npos) return std::nullopt;
  name.remove_prefix(at + kPrefix.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
  if (error != std::errc() || rest != suffix) return std::nullopt;
  return pid;
}

#if !defined(__linux__)
std::string folder() {
  const char* named = std::getenv("TMPDIR");
  return named && *named ? named : "/tmp";
}
#endif

}  // namespace

#if defined(__linux__)
std::string control_path(pid_t pid) {
  return std::string(1, '\0') + std::string(kPrefix) + std::to_string(pid) + suffix();
}

std::vector<pid_t> control_sockets() {
  std::vector<pid_t> found;
  const std::string own = suffix();
  std::ifstream file("/proc/net/unix");
  for (std::string line; std::getline(file, line);) {
    const std::size_t name = line.rfind('@');
    if (name == line.npos) continue;
    if (const auto pid = pid_in(std::string_view(line).substr(name), own)) found.push_back(*pid);
  }
  std::ranges::sort(found);
  const auto again = std::ranges::unique(found);
  found.erase(again.begin(), again.end());
  return found;
}
#else
std::string control_path(pid_t pid) {
  return folder() + "/" + std::string(kPrefix) + std::to_string(pid) + suffix();
}

std::vector<pid_t> control_sockets() {
  std::vector<pid_t> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder().c_str()), &::closedir);
  while (const dirent* entry = entries ? ::readdir(entries.get()) : nullptr) {
    if (const auto pid = pid_in(entry->d_name, suffix())) found.push_back(*pid);
  }
  std::ranges::sort(found);
  return found;
}
#endif

bool may_control(int connection) noexcept {
  const std::optional<uid_t> user = peer_user(connection);
  return user && (*user == 0 || *user == ::geteuid());
}

}  // namespace capricorn
