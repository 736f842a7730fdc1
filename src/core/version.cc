#include "fruits/core/version.h"

namespace fruits {

std::string_view Version() { return FRUITS_VERSION; }

}  // namespace fruits
