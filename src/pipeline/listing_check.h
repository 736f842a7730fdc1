// Whether a listing says enough to drop stored rows that it does not have.
// Threads: one caller, with nothing else at work on the plan. Memory: one part's rows.
#pragma once

#include <cstddef>
#include <optional>

#include "fruits/core/error.h"
#include "fruits/io/folder.h"
#include "fruits/pipeline/options.h"
#include "fruits/pipeline/run_json.h"
#include "pipeline/ledger.h"
#include "pipeline/plan.h"

namespace fruits {

// Once all rows are matched; before, nothing is known and nothing is wrong. `before`: the choice
// of the run that finished the folder, where one did. kIo: a problem of the listing with --on-error fail, or
// one that hides photos of stored rows; kFailedPrecondition: --limit or --sample leaves out rows of a run
// that chose otherwise.
Status CheckListing(const RunOptions& options, const Plan& plan, const Ledger& ledger, const Folder& folder,
                    const std::optional<Selection>& before);

}  // namespace fruits
