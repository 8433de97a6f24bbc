// SPDX-License-Identifier: MIT
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "commands.hpp"

namespace capricorn {
namespace {

int unhealthy(const std::string& sentence) {
  std::fprintf(stderr, "healthcheck: %s\n", sentence.c_str());
  return 1;
}

struct Url {
  std::string host;
  std::string port = "80";
  std::string path = "/";
};

/// False for anything but http://host[:port][/path].
bool parse_url(std::string_view text, Url& url) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return false;
  text.remove_prefix(kScheme.size());
  if (text.find_first_of("\r\n ") != text.npos) return false;
  const std::size_t slash = text.find('/');
  if (slash != text.npos) url.path = text.substr(slash);
  std::string_view authority = text.substr(0, slash);
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) url.port = authority.substr(colon + 1);
  authority = authority.substr(0, colon);
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  url.host = authority;
  return !url.host.empty() && !url.port.empty();
}

/// A connected socket with a deadline of 5 s for each call, or -1.
int connect_to(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &list) != 0) return -1;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, &::freeaddrinfo);
  const timeval deadline{.tv_sec = 5, .tv_usec = 0};
  for (const addrinfo* info = list; info; info = info->ai_next) {
    const int fd = ::socket(info->ai_family, info->ai_socktype, info->ai_protocol);
    if (fd < 0) continue;
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline) == 0 &&
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline) == 0 &&
        ::connect(fd, info->ai_addr, info->ai_addrlen) == 0) {
      return fd;
    }
    ::close(fd);
  }
  return -1;
}

/// The status line's first bytes: "HTTP/1.1 200", or less where nothing came.
std::string ask(int fd, const Url& url) {
  const std::string request = "GET " + url.path + " HTTP/1.1\r\nHost: " + url.host + ":" +
                              url.port +
                              "\r\nUser-Agent: capricorn-healthcheck\r\nConnection: close\r\n\r\n";
  std::string answer;
  if (::send(fd, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) {
    return answer;
  }
  char bytes[256];
  while (answer.size() < 12) {
    const ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
    if (n <= 0) break;
    answer.append(bytes, static_cast<std::size_t>(n));
  }
  return answer.substr(0, 12);
}

}  // namespace

int healthcheck(int argc, char** argv) {
  std::string text;
  if (argc == 4 && std::string_view(argv[2]) == "--url")
    text = argv[3];
  else if (argc == 3 && std::string_view(argv[2]).starts_with("--url="))
    text = argv[2] + 6;
  else
    return unhealthy("expected --url http://host:port/path.");
  Url url;
  if (!parse_url(text, url)) {
    return unhealthy("expected http://host:port/path, got '" + text + "'.");
  }
  const int fd = connect_to(url);
  if (fd < 0) return unhealthy("cannot connect to " + url.host + ":" + url.port + ".");
  const std::string answer = ask(fd, url);
  ::close(fd);
  if (answer.size() < 12 || !answer.starts_with("HTTP/1.")) {
    return unhealthy("no HTTP answer from " + text + " within 5 seconds.");
  }
  if (answer[9] == '2' || answer[9] == '3') return 0;
  return unhealthy("expected a status from 200 to 399, got " + answer.substr(9) + ".");
}

}  // namespace capricorn
