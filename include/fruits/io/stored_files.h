// Small files kept as the rows (name, content) of a Parquet table, which is how Spark stores them anywhere.
//
//   FRUITS_TRY(const auto files, ReadStoredFiles(*folder, "data/"));
//   const auto metadata = files.find("metadata.json");
//
// Threads: any. Memory: the contents, twice while one part of the table is read.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"

namespace fruits {

// By name, out of all .parquet files directly below `prefix` ("data/"); none where there is no such file.
// kCorrupt: a column is missing or of another type, a null, a name twice, more than 64 rows in a file.
Result<std::map<std::string, std::string>> ReadStoredFiles(const Folder& folder, std::string_view prefix);

}  // namespace fruits
