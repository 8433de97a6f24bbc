// SPDX-License-Identifier: MIT
// A server owns its loop; an application gets its start and its end told.
#include <csignal>

#include <capricorn/capricorn.hpp>
#include <capricorn/server/run.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

int main() {
  App app;
  app.on_startup([]() -> Task<> {
    std::puts("startup: connect to the database, on the running loop");
    get_running_loop().call_later(50ms, [] { std::raise(SIGTERM); });
    co_return;
  });
  app.on_shutdown([] { std::puts("shutdown: close it"); });
  app.get("/", []() -> Task<std::string> { co_return "hello"; });
  const int code = run(app, {.port = 0, .log_level = "error"});
  std::printf("exit code %d\n", code);
  return code;
}
/* Output:
startup: connect to the database, on the running loop
shutdown: close it
exit code 0
*/
