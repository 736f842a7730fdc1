// Merges new outcomes with the rows that the ledger keeps, in catalog order, into parts and moments.
// Threads: one caller. Memory: as PartBuilder, BlockMoments and PartCache.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "fruits/core/error.h"
#include "fruits/io/label_rule.h"
#include "pipeline/block_moments.h"
#include "pipeline/ledger.h"
#include "pipeline/part_builder.h"
#include "pipeline/part_cache.h"
#include "pipeline/photo.h"
#include "pipeline/plan.h"

namespace fruits {

class Assembly {
 public:
  // `builder` adds to ledger.parts; `blocks` may be null.
  // `thumbnails`: rows have them.
  Assembly(Plan& plan, const LabelRule& labels, const Folder& folder, const Ledger& ledger,
           PartBuilder& builder, bool thumbnails, BlockMoments* blocks, std::stop_token stop)
      : plan_(plan),
        labels_(labels),
        ledger_(ledger),
        builder_(builder),
        thumbnails_(thumbnails),
        blocks_(blocks),
        stop_(std::move(stop)),
        kept_(folder, ledger.parts, PartColumns::kRowsAndFeatures, PartCache::Order::kCatalog),
        origins_(folder, ledger.parts, PartColumns::kAll, PartCache::Order::kAny) {}

  Status Accept(PhotoOutcome outcome);  // in ascending order of row
  Status Finish() { return TakeKept(plan_.size()); }
  // The kept part whose features could not be read, where that ended Accept or Finish.
  const std::optional<std::string>& damaged_part() const { return damaged_part_; }

 private:
  // The kept rows before catalog row `end` that were not taken yet. Read even where nobody wants their
  // moments: so a damaged part is found before the folder is called whole.
  Status TakeKept(std::size_t end);
  // The copy as what its origin became.
  Result<PhotoOutcome> MakeGood(std::size_t row, CopiedPhoto copy);
  // A stored part, which may be damaged.
  Result<const FeaturePart*> Get(PartCache& cache, std::uint32_t part);

  Plan& plan_;
  const LabelRule& labels_;
  const Ledger& ledger_;
  PartBuilder& builder_;
  const bool thumbnails_;
  BlockMoments* const blocks_;
  const std::stop_token stop_;
  PartCache kept_;
  PartCache origins_;
  std::size_t next_ = 0;
  std::optional<std::string> damaged_part_;
};

}  // namespace fruits
