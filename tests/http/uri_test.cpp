// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/uri.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;

TEST_CASE("an address is taken apart, and what may not stand in it escaped") {
  const Uri uri = Uri::parse("HTTP://Example.COM:8080/a b/%2f;c?q=\xc3\xa9&r=[1]#part");
  CHECK(uri.scheme == "http");
  CHECK(uri.host == "example.com");
  CHECK(uri.port == 8080);
  CHECK(uri.path == "/a%20b/%2f;c");
  CHECK(uri.query == "q=%C3%A9&r=%5B1%5D");
  CHECK(uri.str() == "http://example.com:8080/a%20b/%2f;c?q=%C3%A9&r=%5B1%5D");
  CHECK(Uri::parse("https://a").str() == "https://a/");
  CHECK(Uri::parse("https://a?x").str() == "https://a/?x");
  CHECK(Uri::parse("wss://a:443/").port == 443);
  CHECK(Uri::parse("wss://a:443/").authority() == "a");
  CHECK(Uri::parse("ws://a").port == 80);
  const Uri six = Uri::parse("http://[2001:DB8::1]:81/");
  CHECK(six.host == "[2001:db8::1]");
  CHECK(six.port == 81);
  CHECK(Uri::parse("http://[::1]/").authority() == "[::1]");
}

TEST_CASE("what is no address of ours is refused") {
  for (const char* text : {"", "/path", "ftp://a/", "http:///x", "http://a b/", "http://me@a/",
                           "http://a:99999/", "http://a:x/", "://a"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Uri::parse(text), std::invalid_argument);
  }
}

TEST_CASE("a reference is resolved as RFC 3986 has it") {
  const Uri base = Uri::parse("http://a/b/c/d;p?q");
  struct Case {
    const char* reference;
    const char* resolved;
  };
  // RFC 3986, 5.4, without those of other schemes.
  for (const Case& c : {Case{"g", "http://a/b/c/g"},
                        {"./g", "http://a/b/c/g"},
                        {"g/", "http://a/b/c/g/"},
                        {"/g", "http://a/g"},
                        {"//g", "http://g/"},
                        {"?y", "http://a/b/c/d;p?y"},
                        {"g?y", "http://a/b/c/g?y"},
                        {"#s", "http://a/b/c/d;p?q"},
                        {"g#s", "http://a/b/c/g"},
                        {";x", "http://a/b/c/;x"},
                        {"", "http://a/b/c/d;p?q"},
                        {".", "http://a/b/c/"},
                        {"./", "http://a/b/c/"},
                        {"..", "http://a/b/"},
                        {"../g", "http://a/b/g"},
                        {"../..", "http://a/"},
                        {"../../../g", "http://a/g"},
                        {"/./g", "http://a/g"},
                        {"/../g", "http://a/g"},
                        {"g.", "http://a/b/c/g."},
                        {"..g", "http://a/b/c/..g"},
                        {"./../g", "http://a/b/g"},
                        {"g;x=1/../y", "http://a/b/c/y"},
                        {"g?y/../x", "http://a/b/c/g?y/../x"},
                        {"https://b/x?z", "https://b/x?z"}}) {
    CAPTURE(c.reference);
    CHECK(base.resolve(c.reference).str() == c.resolved);
  }
}

TEST_CASE("a client's target goes below its base and stays as it is") {
  const Uri base = Uri::parse("http://a/v1/");
  CHECK(base.join("/x?y=1").str() == "http://a/v1/x?y=1");
  CHECK(base.join("x").str() == "http://a/v1/x");
  CHECK(base.join("").str() == "http://a/v1/");
  CHECK(base.join("/../x/./y").str() == "http://a/v1/../x/./y");
  CHECK(base.join("//x").str() == "http://a/v1//x");
  CHECK(base.join("https://b/z").str() == "https://b/z");
  CHECK(base.join("/x?next=http://b/").str() == "http://a/v1/x?next=http://b/");
}
