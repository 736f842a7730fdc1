#include "pipeline/assembly.h"

#include <span>
#include <utility>

#include "fruits/core/try.h"

namespace fruits {

Status Assembly::Accept(PhotoOutcome outcome) {
  const std::size_t row = outcome.row;
  FRUITS_CHECK(TakeKept(row));
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
    const auto part = kept_.Get(place.part);
    if (!part) {
      if (part.error().code() == ErrorCode::kCorrupt) damaged_part_ = ledger_.parts[place.part];
      return std::unexpected(part.error());
    }
    if (!blocks_) continue;
    const std::size_t dimension = (*part)->dimension;
    const float* features = (*part)->features.data() + std::size_t{place.row} * dimension;
    FRUITS_CHECK(blocks_->Push(next_, labels_.Label(plan_.raw_path(next_)),
                               std::span<const float>(features, dimension)));
  }
  return {};
}

}  // namespace fruits
