#include "io/folder_name.h"

#include <fmt/core.h>

#include "fruits/io/uri.h"

namespace fruits::io {

Status CheckFolderName(std::string_view name) {
  std::string_view rest = name;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' is not a name within a folder; expected parts joined by '/'", EncodePath(name)));
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace fruits::io
