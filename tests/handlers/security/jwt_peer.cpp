// SPDX-License-Identifier: MIT
// What pyjwt_test.py asks, a line each on stdin: "encode ALG KEYFILE PAYLOAD" gives a token,
// "decode ALG KEYFILE AUDIENCE TOKEN" the claims or the name of what was thrown; AUDIENCE may be
// "-".
#include <cxxabi.h>
#include <capricorn/handlers/security/jwt.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <typeinfo>

using namespace capricorn;

namespace {

jwt::Key read_key(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return text.starts_with("-----") ? jwt::Key::from_pem(text) : jwt::Key(text);
}

std::string class_name(const std::exception& error) {
  char* name = abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, nullptr);
  const std::string whole(name);
  std::free(name);
  return whole.substr(whole.rfind(':') + 1);
}

std::string answer(const std::string& line) {
  std::istringstream words(line);
  std::string verb, name, file, rest;
  words >> verb >> name >> file;
  const auto algorithm = jwt::Algorithm::find(name);
  if (!algorithm) return "InvalidAlgorithmError";
  if (verb == "encode") {
    std::getline(words, rest);
    return jwt::encode(nlohmann::json::parse(rest), read_key(file), *algorithm);
  }
  std::string audience;
  words >> audience;
  words.get();
  std::getline(words, rest);
  jwt::DecodeOptions options;
  if (audience != "-") options.audience = {audience};
  return jwt::decode(rest, read_key(file), std::span(&*algorithm, 1), options).dump();
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << answer(line) << std::endl;
    } catch (const jwt::JWTError& error) {
      std::cout << class_name(error) << std::endl;
    }
  }
}
