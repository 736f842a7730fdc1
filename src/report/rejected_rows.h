// The first rows of a folder's rejected.csv, for a report. Threads: any. Memory: 1 MiB and the rows.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/folder.h"

namespace fruits::report {

// At most `most` rows, of at most the first MiB; none where there is no such file.
Result<std::vector<RejectedRow>> ReadRejectedRows(const Folder& folder, std::size_t most);

// Fields by RFC 4180, without the header; a last row that is cut off is left out.
std::vector<RejectedRow> ParseRejectedRows(std::string_view csv, std::size_t most);

}  // namespace fruits::report
