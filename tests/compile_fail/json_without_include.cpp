// expect: implicit instantiation of undefined template 'nlohmann::basic_json<>' | incomplete
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>
#ifdef CORRECT
#include <nlohmann/json.hpp>
#endif

using namespace capricorn;

Task<nlohmann::json> work() { co_return nlohmann::json(); }
