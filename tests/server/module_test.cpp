// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <unistd.h>
#include <capricorn/server/module.hpp>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace capricorn;

namespace {

std::string refusal(const std::string& spec) {
  try {
    const LoadedApplication loaded = load_module(spec);
  } catch (const LoadError& error) {
    return error.what();
  }
  return "loaded";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("a module that is not there is named") {
  const std::string sentence = refusal("/nowhere/none.so:app");
  CHECK(sentence ==
        "Error loading application: cannot read module '/nowhere/none.so': "
        "No such file or directory.");
}

TEST_CASE("a file that is no shared object is refused") {
  char path[] = "/tmp/capricorn-module-XXXXXX";
  const int fd = ::mkstemp(path);
  REQUIRE(fd >= 0);
  ::close(fd);
  std::ofstream(path) << "text";
  CHECK(contains(refusal(path), "is no shared object that can be loaded here"));
  ::unlink(path);
}

TEST_CASE("a module of another compiler or version is refused before anything of it is used") {
  const char* foreign = std::getenv("FOREIGN_SO");
  if (!foreign || ::access(foreign, R_OK) != 0) return;
  const std::string sentence = refusal(foreign);
  CHECK(contains(sentence, "was built with '"));
  CHECK(contains(sentence, "build it again."));
}

TEST_CASE("a source file is no module, and who compiles it is told") {
  const char* root = std::getenv("SOURCE_ROOT");
  REQUIRE(root);
  CHECK(contains(refusal(std::string(root) + "/examples/demo/demo.cpp"),
                 "is a source file: capricorn dev compiles and serves it."));
}

TEST_CASE("the demonstration loads, and a name it has not is refused") {
  const char* demo = std::getenv("DEMO_SO");
  if (!demo || ::access(demo, R_OK) != 0) return;
  CHECK(refusal(demo) == "loaded");
  CHECK(contains(refusal(std::string(demo) + ":none"), "no symbol capricorn_app_v1_none"));
}

TEST_CASE("a module may export any application") {
  const char* files = std::getenv("FILES_SO");
  if (!files || ::access(files, R_OK) != 0) return;
  CHECK(refusal(files) == "loaded");
}
