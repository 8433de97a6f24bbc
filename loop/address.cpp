// SPDX-License-Identifier: MIT
#include "address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include "to_thread.hpp"

namespace capricorn {
namespace {

const sockaddr_in& as_ipv4(const sockaddr_storage& storage) noexcept {
  return reinterpret_cast<const sockaddr_in&>(storage);
}
const sockaddr_in6& as_ipv6(const sockaddr_storage& storage) noexcept {
  return reinterpret_cast<const sockaddr_in6&>(storage);
}

constexpr std::size_t kPathOffset = offsetof(sockaddr_un, sun_path);

}  // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size) noexcept
    : size_(std::min<socklen_t>(size, sizeof storage_)) {
  std::memcpy(&storage_, address, size_);
}

SocketAddress SocketAddress::of_path(std::string_view path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path) {
    std::string shown(path);
    if (path.starts_with('\0')) shown[0] = '@';
    throw std::system_error(path.empty() ? EINVAL : ENAMETOOLONG, std::generic_category(),
                            "unix socket '" + shown + "'");
  }
  std::memcpy(name.sun_path, path.data(), path.size());
  const bool abstract = path[0] == '\0';
  return {reinterpret_cast<const sockaddr*>(&name),
          static_cast<socklen_t>(abstract ? kPathOffset + path.size() : sizeof name)};
}

SocketAddress SocketAddress::of_peer(int fd) noexcept {
  SocketAddress address;
  socklen_t size = sizeof address.storage_;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address.storage_), &size) < 0) return {};
  address.size_ = size;
  return address;
}

SocketAddress SocketAddress::of_local(int fd) noexcept {
  SocketAddress address;
  socklen_t size = sizeof address.storage_;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage_), &size) < 0) return {};
  address.size_ = size;
  return address;
}

std::string_view SocketAddress::path() const noexcept {
  if (size_ <= kPathOffset) return {};
  const char* path = reinterpret_cast<const sockaddr_un&>(storage_).sun_path;
  const std::size_t room = size_ - kPathOffset;
  return {path, path[0] == '\0' ? room : ::strnlen(path, room)};
}

std::string SocketAddress::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  switch (family()) {
    case AF_INET: ::inet_ntop(AF_INET, &as_ipv4(storage_).sin_addr, text, sizeof text); break;
    case AF_INET6: ::inet_ntop(AF_INET6, &as_ipv6(storage_).sin6_addr, text, sizeof text); break;
    case AF_UNIX: return std::string(path().starts_with('\0') ? std::string_view{} : path());
    default: break;
  }
  return text;
}

int SocketAddress::port() const noexcept {
  if (family() == AF_INET) return ntohs(as_ipv4(storage_).sin_port);
  if (family() == AF_INET6) return ntohs(as_ipv6(storage_).sin6_port);
  return 0;
}

SocketAddress SocketAddress::with_port(int port) const noexcept {
  SocketAddress copy = *this;
  const in_port_t in_order = htons(static_cast<in_port_t>(port));
  if (family() == AF_INET) reinterpret_cast<sockaddr_in&>(copy.storage_).sin_port = in_order;
  if (family() == AF_INET6) reinterpret_cast<sockaddr_in6&>(copy.storage_).sin6_port = in_order;
  return copy;
}

std::string SocketAddress::text() const {
  if (family() == AF_INET) return host() + ":" + std::to_string(port());
  if (family() == AF_INET6) return "[" + host() + "]:" + std::to_string(port());
  if (path().starts_with('\0')) return "@" + std::string(path().substr(1));
  return host();
}

bool operator==(const SocketAddress& a, const SocketAddress& b) noexcept {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  switch (a.family()) {
    case AF_INET: return as_ipv4(a.storage_).sin_addr.s_addr == as_ipv4(b.storage_).sin_addr.s_addr;
    case AF_INET6: {
      const sockaddr_in6& left = as_ipv6(a.storage_);
      const sockaddr_in6& right = as_ipv6(b.storage_);
      return left.sin6_scope_id == right.sin6_scope_id &&
             std::memcmp(&left.sin6_addr, &right.sin6_addr, sizeof left.sin6_addr) == 0;
    }
    case AF_UNIX: return a.path() == b.path();
    default: return true;
  }
}

namespace {

class ResolverCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  std::string message(int error) const override { return ::gai_strerror(error); }
};

constinit ResolverCategory the_resolver_category;

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

/// The system's functions would take a host up to its first null character, and a port by its last
/// sixteen bits: another one than was asked for.
void check_complete(const std::string& host, const std::string& service) {
  if (host.contains('\0') || service.contains('\0')) {
    throw std::invalid_argument("embedded null character in a host or service");
  }
  long port = 0;
  const char* const end = service.data() + service.size();
  const auto [stop, error] = std::from_chars(service.data(), end, port);
  const bool is_number = stop == end && error != std::errc::invalid_argument;
  if (is_number && (error != std::errc() || port < 0 || port > 65535)) {
    throw std::invalid_argument("port must be 0-65535, not " + service);
  }
}

/// The addresses, or what getaddrinfo(3) returned.
struct Resolved {
  std::vector<SocketAddress> addresses;
  int error = 0;
};

Resolved resolve(const std::string& host, const std::string& service, AddressOptions options,
                 int more_flags) {
  check_complete(host, service);
  addrinfo hints{};
  hints.ai_family = options.family;
  hints.ai_socktype = options.type;
  hints.ai_flags = options.flags | more_flags;
  addrinfo* found = nullptr;
  const char* name = host.empty() ? nullptr : host.c_str();
  // Without either the system refuses.
  const char* port = service.empty() ? "0" : service.c_str();
  Resolved resolved;
  resolved.error = ::getaddrinfo(name, port, &hints, &found);
  if (resolved.error != 0) return resolved;
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  for (const addrinfo* info = list.get(); info; info = info->ai_next) {
    if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
    const SocketAddress address(info->ai_addr, info->ai_addrlen);
    if (std::ranges::find(resolved.addresses, address) == resolved.addresses.end()) {
      resolved.addresses.push_back(address);
    }
  }
  if (resolved.addresses.empty()) resolved.error = EAI_NONAME;
  return resolved;
}

std::vector<SocketAddress> check(Resolved resolved, const std::string& host) {
  if (resolved.error == 0) return std::move(resolved.addresses);
  const std::error_code code = resolved.error == EAI_SYSTEM
                                   ? std::error_code(errno, std::generic_category())
                                   : std::error_code(resolved.error, resolver_category());
  throw std::system_error(code, "cannot resolve host '" + host + "'");
}

}  // namespace

const std::error_category& resolver_category() noexcept { return the_resolver_category; }

std::vector<SocketAddress> getaddrinfo_blocking(const std::string& host, const std::string& service,
                                                AddressOptions options) {
  return check(resolve(host, service, options, 0), host);
}

Task<std::vector<SocketAddress>> Loop::getaddrinfo(std::string host, std::string service) {
  return getaddrinfo(std::move(host), std::move(service), AddressOptions());
}

Task<std::vector<SocketAddress>> Loop::getaddrinfo(std::string host, std::string service,
                                                   AddressOptions options) {
  Resolved numeric = resolve(host, service, options, AI_NUMERICHOST | AI_NUMERICSERV);
  if (numeric.error == 0) co_return std::move(numeric.addresses);
  auto look_up = [host = std::move(host), service = std::move(service), options] {
    return getaddrinfo_blocking(host, service, options);
  };
  co_return co_await run_in_executor(nullptr, std::move(look_up));
}

Task<std::vector<SocketAddress>> getaddrinfo(std::string host, std::string service,
                                             AddressOptions options) {
  return get_running_loop().getaddrinfo(std::move(host), std::move(service), options);
}

}  // namespace capricorn
