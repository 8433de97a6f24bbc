// expect: the members of a model in a query, headers, cookies or a form are numbers, bools,
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

using namespace capricorn;

struct Range {
  int from;
  int to;
};
struct Filter {
#ifdef CORRECT
  int from;
  Field<int, Gt{0}> to;
  std::vector<Field<int, Gt{0}>> ids;
  Field<std::optional<std::set<std::string>>, Description{"Names"}> names;
  std::optional<std::optional<int>> limit;
  std::variant<int, std::string> key;
  Literal<"asc", "desc"> order;
  std::unique_ptr<int> page;
#else
  std::optional<Range> range;
#endif
};

void routes(App& app) {
  app.post("/", [](Form<Filter>) -> Task<int> { co_return 1; });
}
