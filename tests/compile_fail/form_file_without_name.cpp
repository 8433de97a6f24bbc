// expect: a File<> has a name: File<UploadFile, "photo">
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

#ifdef CORRECT
File<UploadFile, "photo"> photo;
#else
File<UploadFile> photo;
#endif
