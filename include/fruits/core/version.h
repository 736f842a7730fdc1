// This library's version, "0.1.0".
#pragma once

#include <string_view>

namespace fruits {

std::string_view Version();

}  // namespace fruits
