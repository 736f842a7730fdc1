#include "pipeline/assembly.h"

#include <span>
#include <utility>

#include "fruits/core/try.h"

namespace fruits {

Status Assembly::Accept(PhotoOutcome outcome) {
  const std::size_t row = outcome.row;
  FRUITS_CHECK(TakeKept(row));
  if (auto* copy = std::get_if<CopiedPhoto>(&outcome.what)) {
    FRUITS_TRY(outcome, MakeGood(row, std::move(*copy)));
  }
  if (const auto* photo = std::get_if<FeaturizedPhoto>(&outcome.what); photo && blocks_) {
    FRUITS_CHECK(blocks_->Push(row, photo->photo.label, std::span<const float>(photo->features)));
  }
  FRUITS_TRY(const RowPlace place, builder_.Append(std::move(outcome)));
  plan_.SetPlace(row, place);
  next_ = row + 1;
  return {};
}

Status Assembly::TakeKept(std::size_t end) {
  for (; next_ < end; ++next_) {
    const RowPlace place = plan_.place(next_);
    if (!place.known() || place.rejected) continue;
    if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while reading kept features");
    FRUITS_TRY(const FeaturePart* part, Get(kept_, place.part));
    if (!blocks_) continue;
    const std::size_t dimension = part->dimension;
    const float* features = part->features.data() + std::size_t{place.row} * dimension;
    FRUITS_CHECK(blocks_->Push(next_, labels_.Label(plan_.raw_path(next_)),
                               std::span<const float>(features, dimension)));
  }
  return {};
}

Result<const FeaturePart*> Assembly::Get(PartCache& cache, std::uint32_t part) {
  auto found = cache.Get(part);
  if (!found && found.error().code() == ErrorCode::kCorrupt) damaged_part_ = ledger_.parts[part];
  return found;
}

Result<PhotoOutcome> Assembly::MakeGood(std::size_t row, CopiedPhoto copy) {
  const RowPlace place = copy.stored.known() ? copy.stored : plan_.place(copy.origin_row);
  const FeaturePart* part = builder_.OpenPartOf(place.part);
  if (!part) {
    FRUITS_CHECK(builder_.WaitFor(place.part));
    FRUITS_TRY(part, Get(origins_, place.part));
  }
  if (place.row >= (place.rejected ? part->rejected.size() : part->rows.size())) {
    return Fail(ErrorCode::kCorrupt, "a part changed while it was read");
  }
  auto origin = OutcomeAt(*part, place);
  if (const auto* rejected = std::get_if<RejectedRow>(&origin)) {
    return PhotoOutcome{.row = row, .what = CopyOf(copy.photo, *rejected), .copied = true};
  }
  auto& photo = std::get<FeaturizedPhoto>(origin);
  photo.thumbnail = thumbnails_ ? std::optional(photo.thumbnail.value_or("")) : std::nullopt;
  return PhotoOutcome{.row = row, .what = CopyOf(std::move(copy.photo), photo), .copied = true};
}

}  // namespace fruits
