// Text tables.
// Threads: plain functions.
#pragma once

#include <string>
#include <vector>

namespace fruits::cli {

using TableRow = std::vector<std::string>;

// Lines with columns as wide as their widest cell, the first to the left and the others to the right. Rows
// are equally long.
std::string FormatTable(const std::vector<TableRow>& rows);

}  // namespace fruits::cli
