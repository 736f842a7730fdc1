#include "pipeline/part_builder.h"

#include <algorithm>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"

namespace fruits {
namespace {

constexpr std::size_t kMaxRows = 512;               // two parts are under way: a kill costs at most 1,024
constexpr std::size_t kMaxFeatureBytes = 32 << 20;  // wide features make short parts
constexpr auto kMaxWork = std::chrono::seconds(30);

}  // namespace

PartBuilder::PartBuilder(Folder& folder, std::string fingerprint, std::size_t dimension,
                         std::vector<std::string>& names, std::size_t first_number)
    : folder_(folder),
      fingerprint_(std::move(fingerprint)),
      dimension_(dimension),
      max_rows_(MaxRows(dimension)),
      names_(names),
      next_number_(first_number),
      queue_(1),
      first_part_(names.size()),
      worker_([this] { Work(); }) {
  for (const std::string& name : names)
    next_number_ = std::max(next_number_, FeaturePartNumber(name).value_or(0) + 1);
}

std::size_t PartBuilder::MaxRows(std::size_t dimension) {
  return std::clamp<std::size_t>(kMaxFeatureBytes / (sizeof(float) * dimension), 1, kMaxRows);
}

PartBuilder::~PartBuilder() { queue_.Close(); }

Result<RowPlace> PartBuilder::Append(PhotoOutcome outcome) {
  if (open_.name.empty()) BeginPart();
  FeaturePart& part = open_.part;
  RowPlace place{.part = static_cast<std::uint32_t>(names_.size() - 1), .row = 0, .rejected = 0};
  if (auto* photo = std::get_if<FeaturizedPhoto>(&outcome.what)) {
    place.row = static_cast<std::uint32_t>(part.rows.size()) & 0x7FFFFFFF;
    part.rows.push_back(std::move(photo->photo));
    part.features.insert(part.features.end(), photo->features.begin(), photo->features.end());
    if (photo->thumbnail) part.thumbnails.push_back(std::move(*photo->thumbnail));
  } else {
    place.row = static_cast<std::uint32_t>(part.rejected.size()) & 0x7FFFFFFF;
    place.rejected = 1;
    part.rejected.push_back(std::move(std::get<RejectedRow>(outcome.what)));
  }
  if (part.rows.size() + part.rejected.size() >= max_rows_ ||
      std::chrono::steady_clock::now() - opened_ >= kMaxWork) {
    ClosePart();
  }
  FRUITS_CHECK(status());
  return place;
}

Status PartBuilder::Finish() {
  ClosePart();
  queue_.Close();
  if (worker_.joinable()) worker_.join();
  return status();
}

void PartBuilder::BeginPart() {
  open_.name = FeaturePartName(next_number_++, tag_);
  open_.part.fingerprint = fingerprint_;
  open_.part.dimension = dimension_;
  open_.part.features.reserve(max_rows_ * dimension_);
  opened_ = std::chrono::steady_clock::now();
  names_.push_back(open_.name);
}

void PartBuilder::ClosePart() {
  if (open_.name.empty()) return;
  // One is written while the next one is gathered, and no third waits: that is what a kill can cost.
  if (names_.size() > first_part_ + 1) (void)WaitFor(static_cast<std::uint32_t>(names_.size() - 2));
  queue_.Push(std::exchange(open_, {}));
}

void PartBuilder::Work() {
  while (auto named = queue_.Pop()) {
    auto written = Guard([&] { return WriteFeaturePart(folder_, named->name, named->part); });
    const std::lock_guard lock(mutex_);
    if (written) {
      ++written_;
      files_.merge(*written);
    } else {
      status_ = std::unexpected(written.error().WithContext("while writing features/" + named->name));
      queue_.Cancel();
    }
    wrote_.notify_all();
    if (!status_) return;
  }
}

const FeaturePart* PartBuilder::OpenPartOf(std::uint32_t part) const {
  return !open_.name.empty() && part + 1 == names_.size() ? &open_.part : nullptr;
}

Status PartBuilder::WaitFor(std::uint32_t part) {
  std::unique_lock lock(mutex_);
  wrote_.wait(lock, [&] { return !status_ || part < first_part_ + written_; });
  return status_;
}

WrittenFiles PartBuilder::TakeFiles() {
  const std::lock_guard lock(mutex_);
  return std::move(files_);
}

Status PartBuilder::status() {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace fruits
