// Files of a model from one folder into another, checked.
// Threads and processes: any, also into one folder. Memory: a file up to 64 MiB; 8 MiB of a larger one.
#pragma once

#include <map>
#include <set>
#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"

namespace fruits {

using Digests = std::map<std::string, std::string>;  // file name -> SHA-256, hex

// Those that `to` lacks, or holds in another form. kCorrupt: one in `from` is missing or has another digest.
Status FetchFiles(const Folder& from, const Digests& files, Folder& to);

// The same of files whose digests nobody knows before they are here: `to` then keeps them in SHA256SUMS.
// kFailedPrecondition: one was replaced meanwhile.
Status FetchFiles(const Folder& from, const std::map<std::string, FileFacts>& files, Folder& to);

}  // namespace fruits
