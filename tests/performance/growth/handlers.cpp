// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/form_parameters.hpp>
#include <capricorn/handlers/response_model.hpp>
#include <capricorn/handlers/tail.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "growth.hpp"

namespace capricorn::test {
namespace {

using namespace std::chrono_literals;

// ---------------------------------------------------------------- JSON

struct Cat {
  std::string name;
  int lives = 9;
};
struct Dog {
  std::string name;
  std::string breed;
};
/// A model that holds its like: each level of it is read for each alternative.
struct Node {
  std::string name;
  std::vector<Node> children;
};
struct Order {
  std::vector<int> items;
  std::string note;
};
void validate(const Order& order, Validation& validation) {
  for (const int item : order.items) {
    if (item < 0) validation.error("items", "an item is negative");
  }
}
struct Bounded {
  std::vector<Field<int, Gt{0}>> items;
};

/// "[one,one,...]"
std::string list(std::string_view one, std::size_t n) {
  std::string text = "[";
  for (std::size_t i = 0; i < n; ++i) text.append(i == 0 ? "" : ",").append(one);
  return text + "]";
}
/// {"1000000":one,"1000001":one,...}: who looks for one compares it with all.
std::string object(std::string_view one, std::size_t n) {
  std::string text = "{";
  for (std::size_t i = 0; i < n; ++i) {
    text.append(i == 0 ? "\"" : ",\"").append(std::to_string(1'000'000 + i));
    text.append("\":").append(one);
  }
  return text + "}";
}

template <class T>
void read(const std::string& text) {
  T value{};
  ValidationErrors errors;
  static_cast<void>(read_json(text, value, errors));
}

void numbers(std::size_t n) { read<std::vector<int>>(list("17", n)); }
void wrong_numbers(std::size_t n) { read<std::vector<int>>(list("\"x\"", n)); }
void numbers_out_of_bounds(std::size_t n) { read<Bounded>("{\"items\":" + list("-1", n) + "}"); }
void missing_members(std::size_t n) { read<std::vector<Dog>>(list("{}", n)); }
void unions(std::size_t n) {
  read<std::vector<std::variant<Cat, Dog>>>(list(R"({"name":"a","breed":"b"})", n));
}
void wrong_unions(std::size_t n) {
  read<std::vector<std::variant<Cat, Dog>>>(list(R"({"breed":1})", n));
}
void map_members(std::size_t n) { read<std::map<std::string, int>>(object("1", n)); }
void same_members(std::size_t n) {
  std::string text = "{\"a\":1";
  for (std::size_t i = 0; i < n; ++i) text += ",\"a\":\"x\"";
  read<std::map<std::string, int>>(text + "}");
}
void set_elements(std::size_t n) {
  std::string text = "[0";
  for (std::size_t i = 1; i < n; ++i) text.append(",").append(std::to_string(i));
  read<std::set<int>>(text + "]");
}
void escapes(std::size_t n) {
  std::string text = "\"";
  for (std::size_t i = 0; i < n; ++i) text += "\\u00e4x";
  read<std::string>(text + "\"");
}
void digits(std::size_t n) {
  read<Decimal>(std::string(n, '7'));
  read<double>("0." + std::string(n, '7'));
  read<double>(std::string(n, '7'));
}
void free_json(std::size_t n) { read<nlohmann::json>(object("[1,{}]", n)); }
void ordered_json(std::size_t n) { read<nlohmann::ordered_json>(object("[1,{}]", n)); }
void deep(std::size_t n) {
  std::string text = "[";
  for (std::size_t i = 0; i < n; ++i) text += std::string(100, '[') + std::string(100, ']') + ",";
  read<nlohmann::json>(text + "1]");
}
void nested_without_names(std::size_t n) {
  std::string inner = list(R"({"name":"a","children":[]})", n);
  for (int i = 0; i < 30; ++i) inner = "[{\"children\":" + inner + "}]";
  read<std::vector<Node>>(inner);
}
void validations(std::size_t n) { read<Order>("{\"items\":" + list("-1", n) + ",\"note\":\"\"}"); }

// ---------------------------------------------------------------- texts

void hosts(std::size_t n) {
  std::string host;
  for (std::size_t i = 0; i < n; ++i) host += "\xc3\xa4";
  static_cast<void>(AnyUrl::parse("http://" + host + ".example/"));
  host.clear();
  for (std::size_t i = 0; i < n; ++i) host += "xn--4ca.";
  static_cast<void>(AnyUrl::parse("http://" + host + "example/"));
}
void url_path(std::size_t n) {
  std::string path;
  for (std::size_t i = 0; i < n; ++i) path += "/a/../b";
  static_cast<void>(AnyUrl::parse("http://x" + path + "?" + path + "#" + path));
}

// ---------------------------------------------------------------- forms and answers

struct Filled {
  std::string name;
};
FormData form_of(std::size_t n) {
  FormData form;
  for (std::size_t i = 0; i < n; ++i) form.append("n" + std::to_string(i), "value");
  return form;
}
void missing_in_form(std::size_t n) {
  Filled filled;
  ValidationErrors errors;
  detail::read_form_model(form_of(n), type_info<Filled>(), Extra::kIgnore, &filled, errors);
}
void extras_of_form(std::size_t n) {
  Filled filled;
  ValidationErrors errors;
  detail::read_form_model(form_of(n), type_info<Filled>(), Extra::kForbid, &filled, errors);
}

void shape(const RouteOptions& options, std::size_t n) {
  Response response(200, Buffer(object("1", n)), "application/json");
  shape_response(options, &type_info<std::map<std::string, int>>(), response);
}
void answer_without_nulls(std::size_t n) { shape({.response_model_exclude_none = true}, n); }
void answer_without_member(std::size_t n) { shape({.response_model_exclude = {"a"}}, n); }

// ---------------------------------------------------------------- requests

Task<> behind_answer(Tails& tails) {
  Tail tail(tails);
  co_await sleep(1ms);
}
Task<> wait_for_tails(std::size_t n) {
  Tails tails;
  std::vector<TaskHandle<>> tasks;
  for (std::size_t i = 0; i < n; ++i) tasks.push_back(create_task(behind_answer(tails)));
  co_await wait(std::move(tasks));
}
void tails(std::size_t n) { capricorn::run(wait_for_tails(n)); }

Task<> idle() { co_await sleep(1h); }
void children(std::size_t n) {
  App app;
  app.get("/", [n](Request& request) -> Task<int> {
    for (std::size_t i = 0; i < n; ++i) static_cast<void>(request.create_task(idle()));
    co_return 1;
  });
  TestClient client(app);
  static_cast<void>(client.get("/"));
}
void streamed(std::size_t n) {
  App app;
  app.get("/", [n]() -> Task<Response> {
    co_return EventSourceResponse([n](EventWriter& writer) -> Task<> {
      for (std::size_t i = 0; i < n; ++i) co_await writer.send("an event");
    });
  });
  TestClient client(app);
  static_cast<void>(client.get("/"));
}
void compressed(std::size_t n) {
  App app;
  app.get("/", [n]() -> Task<Response> {
    const auto write = [n](BodyWriter& writer) -> Task<> {
      // No text repeats itself: what it is compared with would be more and more.
      for (std::size_t i = 0; i < n; ++i) co_await writer.write(std::to_string(i * 7'368'787));
    };
    co_return StreamingResponse(write, "text/plain");
  });
  app.add_middleware<GZipMiddleware>();
  TestClient client(app);
  static_cast<void>(client.get("/", {.headers = {{"accept-encoding", "gzip"}}}));
}

constexpr Growth kGrowths[] = {
    {"numbers in JSON", 2000, numbers},
    {"wrong numbers in JSON", 2000, wrong_numbers},
    {"numbers out of bounds", 2000, numbers_out_of_bounds},
    {"models without their members", 1000, missing_members},
    {"unions in JSON", 500, unions},
    {"wrong unions in JSON", 500, wrong_unions},
    {"the members of a map", 1000, map_members},
    {"a member that comes again and again", 1000, same_members},
    {"the elements of a set", 1000, set_elements},
    {"escapes in JSON", 2000, escapes},
    {"digits in JSON", 2000, digits},
    {"free JSON", 500, free_json},
    {"JSON in its order", 500, ordered_json},
    {"deep JSON", 200, deep},
    {"what is missing on each level", 500, nested_without_names},
    {"what a model says of each element", 4000, validations},
    {"names of hosts", 500, hosts},
    {"a path in a URL", 500, url_path},
    {"a form in which something is missing", 200, missing_in_form},
    {"a form of which nothing is known", 200, extras_of_form},
    {"an answer without its nulls", 500, answer_without_nulls},
    {"an answer without a member", 500, answer_without_member},
    {"what goes on behind answers", 500, tails},
    {"tasks of a request", 500, children},
    {"events of a stream", 500, streamed},
    {"compressed pieces", 500, compressed},
};

}  // namespace

std::span<const Growth> handler_growths() { return kGrowths; }

}  // namespace capricorn::test
