// expect: an option of a File<> is what describes it: Alias, Title, Description
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

#ifdef CORRECT
File<UploadFile, "photo", Description{"A portrait"}> photo;
#else
File<UploadFile, "photo", MaxLength{1000}> photo;
#endif
