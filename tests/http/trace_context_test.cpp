// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/headers.hpp>
#include <capricorn/http/trace_context.hpp>

#include <string>

using namespace capricorn;

namespace {

constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

}  // namespace

TEST_CASE("a traceparent is read into its parts, and written the same") {
  const auto context = TraceContext::parse(kGood);
  REQUIRE(context);
  CHECK(context->trace_id() == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(context->parent_id() == "00f067aa0ba902b7");
  CHECK(context->sampled());
  CHECK(context->traceparent() == kGood);
}

TEST_CASE("what is not exactly a traceparent is none") {
  for (const std::string_view text : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
           "00-4BF92F3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
       }) {
    CAPTURE(text);
    CHECK_FALSE(TraceContext::parse(text));
  }
}

TEST_CASE("of a later version what this one knows is read, and no flag but the sampled one") {
  const auto context =
      TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-what-ever");
  REQUIRE(context);
  CHECK(context->traceparent() == kGood);
}

TEST_CASE("of several traceparents none counts") {
  CHECK(TraceContext::of(Headers{{"traceparent", kGood}}));
  CHECK_FALSE(TraceContext::of(Headers{{"traceparent", kGood}, {"traceparent", kGood}}));
  CHECK_FALSE(TraceContext::of(Headers{}));
}

TEST_CASE("a child has the trace and a place of its own, a new trace neither") {
  const TraceContext first = TraceContext::generate();
  CHECK(TraceContext::parse(first.traceparent()));
  CHECK_FALSE(first.sampled());
  const TraceContext child = first.child();
  CHECK(child.trace_id() == first.trace_id());
  CHECK(child.parent_id() != first.parent_id());
  CHECK(TraceContext::generate().trace_id() != first.trace_id());
}

TEST_CASE("a tracestate has keys once, of certain letters, and at most 32 of them") {
  CHECK(is_tracestate(""));
  CHECK(is_tracestate("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
  CHECK(is_tracestate("a=1 , ,tenant@system=x y"));
  CHECK(is_tracestate("0tenant@system=1"));
  for (const std::string_view text :
       {"a", "=1", "a=", "A=1", "a=1,a=2", "0a=1", "a=b=c", "a@b@c=1", "a@=1", "a=\x7f"}) {
    CAPTURE(text);
    CHECK_FALSE(is_tracestate(text));
  }
  std::string many;
  for (int i = 0; i < 32; ++i) many += "k" + std::to_string(i) + "=1,";
  CHECK(is_tracestate(many));
  CHECK_FALSE(is_tracestate(many + "z=1"));
  CHECK_FALSE(is_tracestate("a=" + std::string(257, 'x')));
  CHECK_FALSE(is_tracestate(std::string(513, ',')));
}

TEST_CASE("the lines of a tracestate are one, or none where one is bad") {
  CHECK(tracestate_of(Headers{{"tracestate", "a=1"}, {"tracestate", "b=2"}}) == "a=1,b=2");
  CHECK(tracestate_of(Headers{{"tracestate", "a=1"}, {"tracestate", "a=2"}}).empty());
}
