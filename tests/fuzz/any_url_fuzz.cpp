// SPDX-License-Identifier: MIT
// URLs and e-mail addresses of models.
#include <capricorn/handlers/any_url.hpp>
#include <capricorn/handlers/email_str.hpp>

#include "fuzz.hpp"

using namespace capricorn;

namespace {

void check_url(std::string_view text) {
  const auto url = AnyUrl::parse(text);
  if (!url) return;
  const auto again = AnyUrl::parse(url->str());
  fuzz::require(again && *again == *url, "a URL's normal form is its own");
  const std::size_t parts = url->scheme().size() + url->username().size() + url->password().size() +
                            url->host().size() + url->path().size() + url->query().size() +
                            url->fragment().size();
  fuzz::require(parts < url->str().size(), "the parts of a URL are apart");
  fuzz::require(url->host() == again->host() && url->path() == again->path(),
                "a URL's parts are read back");
  const int port = url->port().value_or(0);
  fuzz::require(port >= 0 && port <= 65535, "a port is one");
}

void check_email(std::string_view text) {
  const auto email = EmailStr::parse(text);
  if (!email) return;
  const auto again = EmailStr::parse(email->str());
  fuzz::require(again && *again == *email, "an address is read back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_url(text);
  check_email(text);
  return 0;
}
