// SPDX-License-Identifier: MIT
// Boost.Beast with awaitable, after its examples awaitable HTTP and WebSocket servers:
// server PORT, or server PORT echo for bare TCP on Boost.Asio.
#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using Stream = beast::tcp_stream;
using Request = http::request<http::string_body>;
using Text = http::response<http::string_body>;

Text text(const Request& request, http::status status, beast::string_view type, std::string body) {
  Text response{status, request.version()};
  response.set(http::field::server, "Beast");
  response.set(http::field::content_type, type);
  response.keep_alive(request.keep_alive());
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

Text answer_user(const Request& request, beast::string_view digits) {
  int id = 0;
  const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc() || last != digits.data() + digits.size()) {
    return text(request, http::status::unprocessable_entity, "text/plain", "not a number");
  }
  return text(request, http::status::ok, "application/json",
              "{\"id\":" + std::to_string(id) + ",\"name\":\"Alice\"}");
}

Text answer(Request& request) {
  const beast::string_view path = request.target();
  if (path == "/plain") return text(request, http::status::ok, "text/plain", "Hello, World!");
  if (path == "/json") {
    return text(request, http::status::ok, "application/json", "{\"message\":\"Hello, World!\"}");
  }
  if (path.starts_with("/users/")) return answer_user(request, path.substr(7));
  if (path == "/echo" && request.method() == http::verb::post) {
    return text(request, http::status::ok, request[http::field::content_type],
                std::move(request.body()));
  }
  return text(request, http::status::not_found, "text/plain", "Not Found");
}

awaitable<void> send_file(Stream& stream, const Request& request) {
  const std::string name(request.target().substr(request.target().rfind('/') + 1));
  const char* const folder = std::getenv("BENCH_STATIC");
  http::response<http::file_body> response{http::status::ok, request.version()};
  beast::error_code error;
  response.body().open((std::filesystem::path(folder) / name).c_str(), beast::file_mode::scan,
                       error);
  if (error) {
    Text missing = text(request, http::status::not_found, "text/plain", "Not Found");
    co_await http::async_write(stream, missing, use_awaitable);
    co_return;
  }
  response.set(http::field::content_type, "application/octet-stream");
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  co_await http::async_write(stream, response, use_awaitable);
}

awaitable<void> serve_websocket(Stream stream, Request request) {
  beast::websocket::stream<Stream> socket(std::move(stream));
  co_await socket.async_accept(request, use_awaitable);
  beast::flat_buffer buffer;
  for (;;) {
    co_await socket.async_read(buffer, use_awaitable);
    socket.text(socket.got_text());
    co_await socket.async_write(buffer.data(), use_awaitable);
    buffer.consume(buffer.size());
  }
}

awaitable<void> serve(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  Stream stream(std::move(socket));
  beast::flat_buffer buffer;
  try {
    for (;;) {
      stream.expires_after(std::chrono::seconds(75));
      Request request;
      co_await http::async_read(stream, buffer, request, use_awaitable);
      if (beast::websocket::is_upgrade(request)) {
        co_await serve_websocket(std::move(stream), std::move(request));
        co_return;
      }
      if (request.target().starts_with("/static/")) {
        co_await send_file(stream, request);
      } else {
        Text response = answer(request);
        co_await http::async_write(stream, response, use_awaitable);
      }
      if (!request.keep_alive()) break;
    }
    stream.socket().shutdown(tcp::socket::shutdown_send);
  } catch (const boost::system::system_error&) {
    // The peer has left.
  }
}

awaitable<void> echo(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  static char buffer[65536];
  try {
    for (;;) {
      const auto size = co_await socket.async_read_some(asio::buffer(buffer), use_awaitable);
      co_await asio::async_write(socket, asio::buffer(buffer, size), use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    // The peer has left.
  }
}

awaitable<void> listen(unsigned short port, bool only_echo) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), port});
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    if (only_echo)
      asio::co_spawn(executor, echo(std::move(socket)), asio::detached);
    else
      asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  asio::io_context context(1);
  asio::co_spawn(context, listen(static_cast<unsigned short>(std::atoi(argv[1])), argc > 2),
                 asio::detached);
  context.run();
}
