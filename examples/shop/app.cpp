// SPDX-License-Identifier: MIT
#include "app.hpp"

#include <filesystem>

#include "database.hpp"
#include "mailer.hpp"
#include "pictures.hpp"
#include "rooms.hpp"
#include "routers/routers.hpp"
#include "security.hpp"
#include "sqlite.hpp"

namespace shop {
namespace {

void make_folders(const Settings& settings) {
  std::filesystem::create_directories(settings.pictures_folder());
  std::filesystem::create_directories(settings.outbox_folder());
}

/// What it throws before its co_yield keeps the server from starting.
AsyncGenerator<> lifespan(App& app) {
  const auto& settings = app.state().get<Settings>();
  co_await to_thread([&settings] { make_folders(settings); });
  auto& database = app.state().emplace<Database>(settings.database_file());
  co_await to_thread([&database] { database.migrate(); });
  app.state().emplace<Pictures>(settings.pictures_folder());
  app.state().emplace<OutboxMailer>(settings.outbox_folder());
  app.state().emplace<Rooms>();
  co_yield {};
  app.state().erase<Pictures>();  // and with it what was discarded
  app.state().erase<Database>();  // the last connection writes the log back into the file
}

/// Who counts as one for the limit on logins; "" for all other requests.
std::string login_client(Request& request) {
  if (request.path_below_root() != "/token") return "";
  // Never "": a client without an address, on a Unix socket, has its limit too.
  return "login " + client_network(request.client().host);
}

// What the layers below throw knows nothing of HTTP: here it becomes an answer.
void add_exception_handlers(App& app) {
  app.exception_handler<NotFound>(
      [](Request&, const NotFound& error) { return error_response(404, error.what()); });
  app.exception_handler<Conflict>(
      [](Request&, const Conflict& error) { return error_response(409, error.what()); });
  app.exception_handler<UnsupportedPicture>(
      [](Request&, const UnsupportedPicture& error) { return error_response(415, error.what()); });
  app.exception_handler<PictureTooLarge>(
      [](Request&, const PictureTooLarge& error) { return error_response(413, error.what()); });
  app.exception_handler<sqlite::BusyError>([](Request&, const sqlite::BusyError&) {
    Response response = error_response(503, "The database is busy");
    response.headers().append("retry-after", "1");
    return response;
  });
}

}  // namespace

App make_app(Settings settings) {
  const std::size_t logins_a_minute = settings.logins_a_minute;
  App app({.title = "Shop",
           .summary = "Things that people sell to each other",
           .version = "1.0.0",
           .openapi_tags = {{"users", "Who sells and buys, and how they log in"},
                            {"items", "What is for sale"},
                            {"pictures", "What it looks like"}},
           .lifespan = lifespan});
  app.state().emplace<Settings>(std::move(settings));
  // Hashing takes a core for a tenth of a second: a crowd that logs in waits for these threads, and
  // nobody else does.
  app.thread_pool(kPasswordPool, {.threads = 2, .max_queued_jobs = 100});
  app.add_middleware<RateLimitMiddleware>(
      RateLimitOptions{.limit = logins_a_minute, .key = login_client});
  app.add_middleware<SecureHeadersMiddleware>();
  add_exception_handlers(app);
  app.include_router(users_router());
  app.include_router(items_router());
  app.include_router(pictures_router());
  app.include_router(rooms_router());
  return app;
}

App make_app() { return make_app(Settings::from_environment()); }

}  // namespace shop
