// Gives the photos that a run's ledger lacks to those who compute them elsewhere.
// Threads: one caller. Memory: the tasks' text, some 100 bytes a photo.
#pragma once

#include <cstdint>
#include <string>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/pipeline/run.h"
#include "pipeline/ledger.h"
#include "pipeline/plan.h"

namespace fruits {

// Small, so that whoever gets them can put as many together as suits it.
inline constexpr std::size_t kPhotosATask = 128;

// Waits for the listing and for `distribute`; the number of photos given away. Members of archives are left:
// to read one takes the archive's table, which only the run has. After it the folder holds new parts.
Result<std::uint64_t> DistributePhotos(Plan& plan, const Ledger& ledger, const std::string& fingerprint,
                                       Folder& folder, const RunHooks::Distribute& distribute);

}  // namespace fruits
