// Included before everything where GCC compiles: of the C++ library's symbols this is the only one newer
// than GLIBCXX_3.4.29 (Amazon Linux 2023), and its older version, which every libstdc++ has, does the same.
#pragma once

__asm__(
    ".symver _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE,"
    "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE@GLIBCXX_3.4.11");
