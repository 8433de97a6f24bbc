// SPDX-License-Identifier: MIT
#include "spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#if defined(__APPLE__)
#include <crt_externs.h>
#endif
#if defined(__FreeBSD__)
#define CAPRICORN_HAS_CLOSEFROM 1
#elif defined(__GLIBC__)
#define CAPRICORN_HAS_CLOSEFROM __GLIBC_PREREQ(2, 34)
#endif

namespace capricorn {
namespace {

[[noreturn]] void refuse(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

void check(int error) {
  if (error != 0) refuse(error, "posix_spawn");
}

char** our_environment() noexcept {
#if defined(__APPLE__)
  return *_NSGetEnviron();
#else
  return ::environ;
#endif
}

struct FileActions {
  FileActions() { check(::posix_spawn_file_actions_init(&actions)); }
  FileActions(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions); }
  posix_spawn_file_actions_t actions;
};

struct Attributes {
  Attributes() { check(::posix_spawnattr_init(&attributes)); }
  Attributes(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes); }
  posix_spawnattr_t attributes;
};

/// Copies above the standard descriptors, so that moving one in place overwrites none of the
/// others.
class Copies {
 public:
  Copies() = default;
  Copies(const Copies&) = delete;
  ~Copies() {
    for (const int fd : fds_) ::close(fd);
  }
  int above_standard(int fd) {
    if (fd > 2) return fd;
    fds_.reserve(fds_.size() + 1);
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) refuse(errno, "descriptor " + std::to_string(fd));
    fds_.push_back(copy);
    return copy;
  }

 private:
  std::vector<int> fds_;
};

std::string search_path(const SpawnRequest& request) {
  if (request.env) {
    const auto found = request.env->find("PATH");
    if (found != request.env->end()) return found->second;
  } else if (const char* path = std::getenv("PATH")) {
    return path;
  }
  return "/bin:/usr/bin";
}

std::string find_program(const SpawnRequest& request) {
  const std::string& name = request.arguments.front();
  if (name.find('/') != std::string::npos) return name;
  int error = ENOENT;
  const std::string path = search_path(request);
  for (std::string_view rest = path;;) {
    const std::size_t end = rest.find(':');
    const std::string_view folder = rest.substr(0, end);
    const std::string file = std::string(folder.empty() ? "." : folder) + "/" + name;
    struct stat status = {};
    if (!name.empty() && ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      if (::access(file.c_str(), X_OK) == 0) return file;
      error = EACCES;
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  refuse(error, "cannot run '" + name + "'");
}

void change_directory(posix_spawn_file_actions_t& actions, const std::string& cwd) {
#if defined(__NetBSD__)
  check(::posix_spawn_file_actions_addchdir(&actions, cwd.c_str()));
#elif defined(__OpenBSD__)
  static_cast<void>(actions);
  refuse(ENOTSUP, "cannot run in '" + cwd + "'");
#else
  check(::posix_spawn_file_actions_addchdir_np(&actions, cwd.c_str()));
#endif
}

void redirect(posix_spawn_file_actions_t& actions, const SpawnRequest& request, Copies& copies) {
  std::array<int, 3> from{};
  for (int i = 0; i < 3; ++i) {
    const int fd = request.standard[static_cast<std::size_t>(i)];
    from[static_cast<std::size_t>(i)] = fd < 0 ? -1 : copies.above_standard(fd);
  }
  for (int i = 0; i < 3; ++i) {
    const int fd = from[static_cast<std::size_t>(i)];
    if (fd >= 0) check(::posix_spawn_file_actions_adddup2(&actions, fd, i));
  }
  if (!request.cwd.empty()) {
    change_directory(actions, request.cwd);
  }
#if CAPRICORN_HAS_CLOSEFROM
  check(::posix_spawn_file_actions_addclosefrom_np(&actions, 3));
#elif defined(__APPLE__)
  for (int i = 0; i < 3; ++i) {  // POSIX_SPAWN_CLOEXEC_DEFAULT closes these too
    if (from[static_cast<std::size_t>(i)] < 0 && ::fcntl(i, F_GETFD) >= 0) {
      check(::posix_spawn_file_actions_addinherit_np(&actions, i));
    }
  }
#endif
}

void set_attributes(posix_spawnattr_t& attributes, const SpawnRequest& request) {
  int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
#if defined(__APPLE__)
  flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
#if defined(POSIX_SPAWN_SETSID)
  if (request.start_new_session) flags |= POSIX_SPAWN_SETSID;
#else
  if (request.start_new_session) refuse(ENOTSUP, "start_new_session");
#endif
  sigset_t signals;
  sigemptyset(&signals);
  check(::posix_spawnattr_setsigmask(&attributes, &signals));
  sigfillset(&signals);
  sigdelset(&signals, SIGKILL);
  sigdelset(&signals, SIGSTOP);
  check(::posix_spawnattr_setsigdefault(&attributes, &signals));
  check(::posix_spawnattr_setflags(&attributes, static_cast<short>(flags)));
}

/// The pointers that exec wants; they point into `strings`.
std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (std::string& each : strings) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

void check_text(const std::string& text) {
  if (text.find('\0') != std::string::npos) refuse(EINVAL, "a null character");
}

}  // namespace

pid_t spawn(const SpawnRequest& request) {
  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> environment;
  if (request.env) {
    for (const auto& [name, value] : *request.env) environment.push_back(name + "=" + value);
  }
  for (const std::string& each : arguments) check_text(each);
  for (const std::string& each : environment) check_text(each);
  check_text(request.cwd);
  const std::string program = find_program(request);
  FileActions actions;
  Attributes attributes;
  Copies copies;
  redirect(actions.actions, request, copies);
  set_attributes(attributes.attributes, request);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions.actions, &attributes.attributes,
                                  pointers(arguments).data(),
                                  request.env ? pointers(environment).data() : our_environment());
  if (error == 0) return pid;
  struct stat status = {};
  if (!request.cwd.empty() &&
      (::stat(request.cwd.c_str(), &status) < 0 || !S_ISDIR(status.st_mode))) {
    refuse(error, "cannot run '" + request.arguments.front() + "' in '" + request.cwd + "'");
  }
  refuse(error, "cannot run '" + request.arguments.front() + "'");
}

}  // namespace capricorn
