// Where a picture's text goes, piece by piece, so that a large one is never whole in memory.
#pragma once

#include <functional>
#include <string_view>

#include "fruits/core/error.h"

namespace fruits {

// Takes the next bytes of the file (UTF-8); its error stops the writing and comes back from it.
using SvgSink = std::function<Status(std::string_view)>;

}  // namespace fruits
