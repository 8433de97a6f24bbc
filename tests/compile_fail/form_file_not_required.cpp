// expect: a file that may be missing is a File<std::optional<UploadFile>>
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

#ifdef CORRECT
File<std::optional<UploadFile>, "photo"> photo;
#else
File<UploadFile, "photo", Required{false}> photo;
#endif
