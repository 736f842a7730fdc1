// What may name a file within a Folder, wherever the folder lies.
//
//   FRUITS_CHECK(CheckFolderName("features/part-0.parquet"));
//
// Threads: any.
#pragma once

#include <string_view>

#include "fruits/core/error.h"

namespace fruits::io {

// Parts joined by single '/', none of them empty, "." or "..": such a name stays within its folder and has
// one spelling. kInvalidArgument otherwise.
Status CheckFolderName(std::string_view name);

}  // namespace fruits::io
