// Keeps the parts what a ledger should be: rows of the catalog and nothing else, in few files.
//
// A part with rows whose photo is gone or has changed is written anew without them. Many runs that each
// brought a few photos leave many small parts, whose rows lie between those of others; read in catalog order
// they would all be wanted at once, so they are merged when there are too many.
//
// Threads: one caller. Memory: as PartCache and PartBuilder.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "pipeline/ledger.h"

namespace fruits {

inline constexpr std::size_t kMostSmallParts = 8;  // those less than half full

// Rewrites the ledger's dead parts, and the small ones when there are more than kMostSmallParts; places
// follow. New parts are written before the old ones go: a run that dies in between leaves rows twice, which
// the next one's ledger takes once. Gives the name of a part that could not be read (nothing was removed
// then), or nothing; adds what it wrote to `files`. kCancelled.
Result<std::optional<std::string>> CompactParts(Folder& folder, const std::string& fingerprint,
                                                Ledger& ledger, WrittenFiles& files, std::stop_token stop);

}  // namespace fruits
