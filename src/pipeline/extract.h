// Photos to complete parts: the first half of the chain.
// Threads: one caller. Memory: the catalog and 12 bytes a photo, and what Featurize, BlockMoments and
// PartBuilder hold.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fruits/core/error.h"
#include "fruits/io/catalog.h"
#include "fruits/io/folder.h"
#include "fruits/io/label_rule.h"
#include "fruits/io/listing.h"
#include "fruits/io/storage.h"
#include "fruits/model/bundle.h"
#include "fruits/pipeline/fingerprint.h"
#include "fruits/pipeline/run.h"
#include "pipeline/block_moments.h"
#include "pipeline/ledger.h"
#include "pipeline/loading_model.h"
#include "pipeline/progress_meter.h"

namespace fruits {

struct Extracted {
  Catalog catalog;
  LabelRule labels;
  Bundle bundle;
  int input_width = 0;
  Precision precision = Precision::kF32;
  std::string precision_reason;
  Fingerprint fingerprint;
  Ledger ledger;                               // every catalog row has its place
  std::optional<BlockMoments::Totals> totals;  // where asked for and the features are not wide
  WrittenFiles files;  // parts, as far as their digests are known: written now, or named by the run before
  RunCounts counts;
  std::map<std::string, double> seconds;  // beside the phases
};

// The photos of INPUT; what lies in --output is none, whatever its name. A bucket is listed from now on, by
// threads of its own.
Result<std::unique_ptr<Listing>> BeginListing(const RunOptions& options, Storage& storage);
// Whether each INPUT can be listed and all together have a photo, by their first pages: for who calls several
// runs over them. The errors that a run would give; writes nothing.
Status CheckInputs(const RunOptions& options, Storage& storage);

// `meter` is in the phase of listing.
Result<Extracted> Extract(const RunOptions& options, LoadingModel model, std::unique_ptr<Listing> listing,
                          Storage& storage, Folder& folder, bool with_moments, const RunHooks& hooks,
                          ProgressMeter& meter);

}  // namespace fruits
