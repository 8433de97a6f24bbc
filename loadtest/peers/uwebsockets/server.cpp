// SPDX-License-Identifier: MIT
// uWebSockets, as its examples write a server: server PORT [PEM].
#include <App.h>

#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

struct Nothing {};

template <bool SSL>
void answer_user(uWS::HttpResponse<SSL>* response, std::string_view parameter) {
  int id = 0;
  const char* const end = parameter.data() + parameter.size();
  const auto [last, error] = std::from_chars(parameter.data(), end, id);
  if (error != std::errc() || last != end) {
    response->writeStatus("422 Unprocessable Entity")->end("not a number");
    return;
  }
  response->writeHeader("Content-Type", "application/json")
      ->end("{\"id\":" + std::to_string(id) + ",\"name\":\"Alice\"}");
}

template <bool SSL>
void echo(uWS::HttpResponse<SSL>* response, std::string_view type) {
  response->onAborted([] {});
  response->onData([response, type = std::string(type), body = std::string()](
                       std::string_view chunk, bool last) mutable {
    body.append(chunk);
    if (last) response->writeHeader("Content-Type", type)->end(body);
  });
}

template <bool SSL>
void stream(uWS::HttpResponse<SSL>* response) {
  static const std::string chunk(1024, 'x');
  response->writeHeader("Content-Type", "text/plain");
  for (int i = 0; i < 16; ++i) response->write(chunk);
  response->end();
}

template <bool SSL>
void serve(uWS::TemplatedApp<SSL>&& app, int port) {
  app.get("/plain",
          [](auto* response, auto*) {
            response->writeHeader("Content-Type", "text/plain")->end("Hello, World!");
          })
      .get("/json",
           [](auto* response, auto*) {
             response->writeHeader("Content-Type", "application/json")
                 ->end("{\"message\":\"Hello, World!\"}");
           })
      .get("/users/:user_id",
           [](auto* response, auto* request) {
             answer_user<SSL>(response, request->getParameter(0));
           })
      .post("/echo", [](auto* response,
                        auto* request) { echo<SSL>(response, request->getHeader("content-type")); })
      .get("/stream", [](auto* response, auto*) { stream<SSL>(response); })
      .template ws<Nothing>("/ws",
                            {.message = [](auto* socket, std::string_view message,
                                           uWS::OpCode code) { socket->send(message, code); }})
      .listen("127.0.0.1", port,
              [](auto* socket) {
                if (socket == nullptr) std::exit(1);
              })
      .run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int port = std::atoi(argv[1]);
  if (argc > 2) {
    serve<true>(uWS::SSLApp({.key_file_name = argv[2], .cert_file_name = argv[2]}), port);
  } else {
    serve<false>(uWS::App(), port);
  }
}
