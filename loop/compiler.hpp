// SPDX-License-Identifier: MIT
#pragma once

/// Compilers that do not build what is written are told apart here, and not by what crashes.

#if defined(__apple_build_version__)
// Apple counts its compilers otherwise.
#elif defined(__clang__)
#if __clang_major__ < 19
#error "capricorn needs clang >= 19 or g++ >= 14"
#endif
#elif defined(__GNUC__) && __GNUC__ < 14
#error "capricorn needs clang >= 19 or g++ >= 14: an older g++ miscompiles coroutines"
#endif
