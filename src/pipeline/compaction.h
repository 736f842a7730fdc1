// Many runs that each brought a few photos leave many small parts, whose rows lie between those of others.
// Read in catalog order they would all be wanted at once, so they are merged when there are too many of them.
//
// Threads: one caller. Memory: as PartCache and PartBuilder.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "pipeline/ledger.h"

namespace fruits {

// Merges the parts of fewer than kSmallPartRows rows when there are more than kMostSmallParts of them; places
// follow. The merged parts are written before the old ones go: a run that dies in between leaves rows twice,
// which the next one's ledger takes once. Gives the name of a part that could not be read, or nothing; adds
// what it wrote to `files`. kCancelled.
inline constexpr std::size_t kSmallPartRows = 512;
inline constexpr std::size_t kMostSmallParts = 8;
Result<std::optional<std::string>> MergeSmallParts(Folder& folder, const std::string& fingerprint,
                                                   Ledger& ledger, WrittenFiles& files, std::stop_token stop);

}  // namespace fruits
