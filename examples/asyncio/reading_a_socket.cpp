// SPDX-License-Identifier: MIT
// What a stream does inside: a future that a reader callback sets once the descriptor is readable.
#include <sys/socket.h>
#include <unistd.h>

#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

Task<std::string> read_from(int fd) {
  Loop& loop = get_running_loop();
  Future<std::string> data = loop.create_future<std::string>();
  loop.add_reader(fd, [fd, data]() mutable {
    char bytes[1024];
    const ssize_t n = ::read(fd, bytes, sizeof bytes);
    if (!data.done()) data.set_result(std::string(bytes, n > 0 ? static_cast<std::size_t>(n) : 0));
  });
  co_return co_await finally_async([&]() -> Task<std::string> { co_return co_await data; },
                                   [&]() -> Task<> {
                                     loop.remove_reader(fd);
                                     co_return;
                                   });
}

Task<> async_main() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0) co_return;
  get_running_loop().call_later(10ms, [fd = pair[1]] {
    if (::write(fd, "hello", 5) != 5) std::puts("cannot write");
  });
  std::printf("read: %s\n", (co_await read_from(pair[0])).c_str());
  ::close(pair[0]);
  ::close(pair[1]);
}

int main() { run(async_main()); }
/* Output:
read: hello
*/
