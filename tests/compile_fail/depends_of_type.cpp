// expect: template argument for non-type template parameter must be an expression | type/value
// mismatch SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

struct Page {
  int limit = 10;
};
Task<Page> get_page(Query<int, "limit"> limit) { co_return Page{*limit}; }

void declare(App& app) {
#ifdef CORRECT
  app.get("/", [](Depends<get_page> page) -> Task<int> { co_return page->limit; });
#else
  app.get("/", [](Depends<Page> page) -> Task<int> { co_return page->limit; });
#endif
}
