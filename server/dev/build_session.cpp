// SPDX-License-Identifier: MIT
#include "build_session.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "../../loop/parse_number.hpp"

namespace capricorn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "session-";
constexpr std::string_view kFailure = "/failure";
constexpr std::string_view kLoaded = "/loaded";

std::string in(const std::string& folder, std::string_view name) {
  return folder + std::string(name);
}

/// What nobody else may write to: modules are loaded from it. Nor may it be somebody else's link,
/// which leads to a folder of ours where /tmp lets it.
std::string private_folder(const std::string& path) {
  fs::create_directories(path);
  const auto is_ours = [&path](auto look) {
    struct stat status{};
    return look(path.c_str(), &status) == 0 && status.st_uid == ::geteuid();
  };
  if (!is_ours(::lstat) || !is_ours(::stat)) {
    throw std::system_error(EPERM, std::generic_category(), path + " belongs to somebody else");
  }
  if (::chmod(path.c_str(), 0700) != 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
  return path;
}

/// In ns; 0 where there is no such file.
long long time_of(const std::string& path) {
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(path, error);
  return error ? 0 : std::chrono::nanoseconds(time.time_since_epoch()).count();
}

void remove_ended_sessions(const std::string& cache) {
  for (const fs::directory_entry& entry : fs::directory_iterator(cache)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const auto pid = parse_number<pid_t>(std::string_view(name).substr(kPrefix.size()));
    std::error_code ignored;
    if (pid && *pid > 0 && ::kill(*pid, 0) != 0 && errno == ESRCH) {
      fs::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace

std::string cache_folder() {
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder && *folder == '/') {
    return private_folder(std::string(folder) + "/capricorn");
  }
  if (const char* folder = std::getenv("HOME"); folder && *folder == '/') {
    std::error_code error;
    fs::create_directories(std::string(folder) + "/.cache", error);
    if (!error) return private_folder(std::string(folder) + "/.cache/capricorn");
  }
  const char* folder = std::getenv("TMPDIR");
  return private_folder(std::string(folder && *folder ? folder : "/tmp") + "/capricorn-" +
                        std::to_string(::geteuid()));
}

BuildSession::BuildSession(const std::string& cache)
    : folder_(cache + "/" + std::string(kPrefix) + std::to_string(::getpid())), owner_(::getpid()) {
  remove_ended_sessions(cache);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);  // of an earlier process with this number
  private_folder(folder_);
}

BuildSession::~BuildSession() {
  std::error_code ignored;
  if (::getpid() == owner_) fs::remove_all(folder_, ignored);
}

bool BuildSession::has_module() const { return ::access(module().c_str(), R_OK) == 0; }

long long BuildSession::module_time() const { return time_of(module()); }

void BuildSession::succeed(const std::string& compiled) const { fs::rename(compiled, module()); }

void BuildSession::fail(const BuildFailure& failure) const {
  const std::string path = in(folder_, kFailure);
  const std::string fresh = path + "." + std::to_string(::getpid());
  std::ofstream(fresh, std::ios::binary) << failure.headline << '\n' << failure.messages;
  fs::rename(fresh, path);
}

std::optional<BuildFailure> BuildSession::failure(long long since) const {
  const std::string path = in(folder_, kFailure);
  if (since != 0 && time_of(path) <= since) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  BuildFailure failure;
  std::getline(file, failure.headline);
  failure.messages.assign(std::istreambuf_iterator<char>(file), {});
  return failure;
}

void BuildSession::loaded() const { const std::ofstream made(in(folder_, kLoaded)); }

bool BuildSession::has_loaded() const { return ::access(in(folder_, kLoaded).c_str(), F_OK) == 0; }

}  // namespace capricorn
