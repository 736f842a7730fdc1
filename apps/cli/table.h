// Text tables.
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fruits::cli {

using TableRow = std::vector<std::string>;

// Lines with columns as wide as their widest cell, the first `left` to the left and the others to the right.
// Rows are equally long.
std::string FormatTable(const std::vector<TableRow>& rows, std::size_t left = 1);

}  // namespace fruits::cli
