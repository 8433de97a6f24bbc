// SPDX-License-Identifier: MIT
#include "symbol.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#if __has_include(<elf.h>) && __has_include(<link.h>)
#include <elf.h>
#include <link.h>
#define CAPRICORN_ELF 1
#endif

namespace capricorn {
namespace {

constexpr std::size_t kLongestName = 160;

#ifdef CAPRICORN_ELF

bool is_position_independent(const void* base) noexcept {
  return static_cast<const ElfW(Ehdr)*>(base)->e_type == ET_DYN;
}

template <class T>
std::vector<T> read_array(std::ifstream& file, std::uint64_t offset, std::uint64_t bytes) {
  std::vector<T> array;
  if (bytes > (std::uint64_t{1} << 31)) return array;
  array.resize(bytes / sizeof(T));
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(array.data()),
            static_cast<std::streamsize>(array.size() * sizeof(T)));
  if (!file) array.clear();
  return array;
}

/// The function of the file's symbol table that the address lies in, "" where it has none. Most of
/// a module's handlers and every coroutine's body are local symbols, which dladdr does not see.
std::string local_symbol(const std::string& path, std::uintptr_t address) {
  std::ifstream file(path, std::ios::binary);
  const auto header = read_array<ElfW(Ehdr)>(file, 0, sizeof(ElfW(Ehdr)));
  if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto sections = read_array<ElfW(Shdr)>(
      file, header[0].e_shoff, std::uint64_t{header[0].e_shnum} * sizeof(ElfW(Shdr)));
  for (const auto& section : sections) {
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
    const auto symbols = read_array<ElfW(Sym)>(file, section.sh_offset, section.sh_size);
    for (const auto& symbol : symbols) {
      if ((symbol.st_info & 0xf) != STT_FUNC || address < symbol.st_value ||
          address >= symbol.st_value + symbol.st_size) {
        continue;
      }
      const auto& names = sections[section.sh_link];
      if (symbol.st_name >= names.sh_size) return {};
      file.seekg(static_cast<std::streamoff>(names.sh_offset + symbol.st_name));
      std::string name;
      std::getline(file, name, '\0');
      return name;
    }
  }
  return {};
}

#else

bool is_position_independent(const void*) noexcept { return true; }
std::string local_symbol(const std::string&, std::uintptr_t) { return {}; }

#endif

/// The program itself is known by the name it was called by, which may be no path; the kernel's own
/// code is no file.
std::string path_of(const char* name) {
  if (!name) return {};
  if (std::string_view(name).starts_with("linux-")) return name;
  if (std::strchr(name, '/') && ::access(name, R_OK) == 0) return name;
  char path[4096];
  const ssize_t n = ::readlink("/proc/self/exe", path, sizeof path);
  return n > 0 ? std::string(path, static_cast<std::size_t>(n)) : name;
}

}  // namespace

// What stands behind the dot is the compiler's own.
std::string demangle(std::string_view symbol) {
  const std::string mangled(symbol.substr(0, symbol.find('.')));
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), &std::free);
  std::string text = status == 0 && name ? name.get() : mangled;
  if (text.size() > kLongestName) text.replace(kLongestName - 1, text.npos, "…");
  return text;
}

std::string describe_address(std::uintptr_t address) {
  char number[32];
  Dl_info info = {};
  if (::dladdr(reinterpret_cast<void*>(address), &info) == 0 || !info.dli_fbase) {
    std::snprintf(number, sizeof number, "0x%llx", static_cast<unsigned long long>(address));
    return std::string("? (") + number + ")";
  }
  const std::string path = path_of(info.dli_fname);
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  const std::uintptr_t in_file = is_position_independent(info.dli_fbase) ? address - base : address;
  const std::string local = info.dli_sname ? std::string() : local_symbol(path, in_file);
  const std::string_view symbol = info.dli_sname ? info.dli_sname : local.c_str();
  std::snprintf(number, sizeof number, "0x%llx", static_cast<unsigned long long>(in_file));
  return (symbol.empty() ? "?" : demangle(symbol)) + " (" + path + " " + number + ")";
}

}  // namespace capricorn
