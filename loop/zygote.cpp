// SPDX-License-Identifier: MIT
#include "zygote.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "errors.hpp"
#include "platform.hpp"

namespace capricorn {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kSanitizerHasThread = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool kSanitizerHasThread = true;
#else
constexpr bool kSanitizerHasThread = false;
#endif
#else
constexpr bool kSanitizerHasThread = false;
#endif

/// 1 where the system does not tell.
int count_threads() noexcept {
  DIR* tasks = ::opendir("/proc/self/task");
  if (!tasks) return 1;
  int count = 0;
  while (const dirent* entry = ::readdir(tasks)) count += entry->d_name[0] != '.';
  ::closedir(tasks);
  return count;
}

void check_single_threaded() {
  if (kSanitizerHasThread) return;
  // One that was joined may be listed for a moment.
  for (int i = 0; i < 200 && count_threads() > 1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (count_threads() <= 1) return;
  throw RuntimeError(
      "a process pool is made before the first thread: its processes are copies of this one, and a "
      "lock that another thread holds would be held in them for ever");
}

std::pair<Socket, Socket> open_sockets() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  for (const int fd : ends) static_cast<void>(::fcntl(fd, F_SETFD, FD_CLOEXEC));
  return {Socket(ends[0]), Socket(ends[1])};
}

bool send_all(int socket, const msghdr& message, std::size_t size) noexcept {
  ssize_t n = 0;
  do n = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(size);  // so few bytes go at once
}

/// A message of fixed size, with a descriptor where it is not negative.
bool send_message(int socket, void* bytes, std::size_t size, int descriptor) noexcept {
  iovec piece{bytes, size};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  return send_all(socket, message, size);
}

bool receive_message(int socket, void* bytes, std::size_t size, int& descriptor) noexcept {
  iovec piece{bytes, size};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  ssize_t n = 0;
  do n = ::recvmsg(socket, &message, MSG_WAITALL);
  while (n < 0 && errno == EINTR);
  descriptor = -1;
  const cmsghdr* header = n > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header && header->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    static_cast<void>(::fcntl(descriptor, F_SETFD, FD_CLOEXEC));
  }
  return n == static_cast<ssize_t>(size);
}

int wait_for_end(pid_t pid) noexcept {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// Nothing of ours remains but the standard streams and `kept`, which becomes descriptor 3.
int keep_only(int kept) noexcept {
  if (kept != 3 && ::dup2(kept, 3) < 0) ::_exit(1);
  static_cast<void>(::fcntl(3, F_SETFD, FD_CLOEXEC));
  close_from(4);
  return 3;
}

/// As a program finds them when it starts, but for Ctrl+C, which is the parent's to deal with.
void reset_signals() noexcept {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

/// A child to be ended; 0 asks for a new one.
struct Zygote::Request {
  pid_t ended = 0;
};
struct Zygote::Answer {
  pid_t pid = -1;
  int error = 0;
  int status = 0;
};

namespace {

pid_t fork_child(int control, int socket, const std::function<void(int)>& work) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::close(control);
  work(socket);
  std::fflush(nullptr);
  ::_exit(0);
}

/// An idle one ends by itself, for its socket has been closed too.
void end_all(std::vector<pid_t> children) noexcept {
  for (int i = 0; i < 1000 && !children.empty(); ++i) {
    std::erase_if(children, [](pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; });
    if (!children.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (const pid_t child : children) ::kill(child, SIGKILL);
  for (const pid_t child : children) wait_for_end(child);
}

/// For one more: a child that is not in there would never be waited for.
bool make_room(std::vector<pid_t>& children) noexcept {
  try {
    children.reserve(children.size() + 1);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

template <class Request, class Answer>
[[noreturn]] void serve(int control, const std::function<void(int)>& work) {
  control = keep_only(control);
  reset_signals();
  name_this_thread("zygote");
  std::vector<pid_t> children;
  Request request;
  for (int socket = -1; receive_message(control, &request, sizeof request, socket);) {
    Answer answer;
    if (request.ended > 0) {
      ::kill(request.ended, SIGKILL);  // the status of one that has ended already stays
      answer.status = wait_for_end(request.ended);
      std::erase(children, request.ended);
    } else {
      answer.error = ENOMEM;
      if (make_room(children)) {
        answer.pid = fork_child(control, socket, work);
        answer.error = answer.pid < 0 ? errno : 0;
        if (answer.pid > 0) children.push_back(answer.pid);
      }
      ::close(socket);
    }
    if (!send_message(control, &answer, sizeof answer, -1)) break;
  }
  end_all(std::move(children));
  ::_exit(0);
}

}  // namespace

Zygote::Zygote(std::function<void(int)> work) {
  check_single_threaded();
  auto [ours, its] = open_sockets();
  std::fflush(nullptr);  // else each copy would write what waits there
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) serve<Request, Answer>(its.fd(), work);
  control_ = std::move(ours);
}

Zygote::~Zygote() {
  control_ = Socket();
  wait_for_end(pid_);
}

Zygote::Answer Zygote::ask(const Request& request, int descriptor) {
  std::lock_guard lock(mutex_);
  Request sent = request;
  Answer answer;
  int none = -1;
  if (!send_message(control_.fd(), &sent, sizeof sent, descriptor) ||
      !receive_message(control_.fd(), &answer, sizeof answer, none)) {
    throw RuntimeError("the process that makes a pool's processes has ended");
  }
  return answer;
}

Zygote::Child Zygote::spawn() {
  auto [ours, its] = open_sockets();
  const Answer answer = ask(Request{}, its.fd());
  if (answer.pid < 0) throw std::system_error(answer.error, std::generic_category(), "fork");
  return {answer.pid, std::move(ours)};
}

int Zygote::reap(pid_t pid) { return ask(Request{pid}, -1).status; }

}  // namespace capricorn
