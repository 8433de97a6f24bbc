// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>
#include <capricorn/loop/platform.hpp>
#include <capricorn/loop/socket.hpp>

#include <future>
#include <thread>

using namespace capricorn;

namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

/// A pipe's ends.
struct Pipe {
  Socket out, in;

  Pipe() {
    int ends[2] = {-1, -1};
    REQUIRE(open_pipe(ends) == 0);
    out = Socket(ends[0]);
    in = Socket(ends[1]);
  }
};

}  // namespace

TEST_CASE("a thread with descriptors of its own keeps one, and shares none") {
  const Pipe before, kept, behind;
  std::promise<bool> own;
  std::promise<int> opened_later;
  std::thread thread([&] {
    const bool has_own = own_descriptors(kept.in.fd());
    own.set_value(has_own);
    const int later = opened_later.get_future().get();
    if (!has_own) return;
    CHECK(is_open(STDERR_FILENO));
    CHECK(::write(kept.in.fd(), "!", 1) == 1);
    for (const int fd :
         {before.out.fd(), before.in.fd(), kept.out.fd(), behind.out.fd(), behind.in.fd(), later}) {
      CHECK_FALSE(is_open(fd));
    }
    ::close(kept.in.fd());
  });
  const bool has_own = own.get_future().get();
  const Pipe later;
  opened_later.set_value(later.in.fd());
  thread.join();
  if (!has_own) return;  // a sanitizer, or a system that has no such thing
  char read = 0;
  CHECK(::read(kept.out.fd(), &read, 1) == 1);
  for (const Pipe* pipe : {&before, &kept, &behind, &later}) {
    CHECK(is_open(pipe->out.fd()));
    CHECK(is_open(pipe->in.fd()));
  }
}
