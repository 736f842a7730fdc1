#include "pipeline/compaction.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "fruits/core/try.h"
#include "pipeline/part_builder.h"
#include "pipeline/part_cache.h"

namespace fruits {
namespace {

// By part: whether it is to be written anew.
std::vector<bool> PartsToRewrite(const Ledger& ledger) {
  std::vector<std::size_t> rows(ledger.parts.size(), 0);
  for (const RowPlace place : ledger.places) {
    if (place.known()) ++rows[place.part];
  }
  const std::size_t most = PartBuilder::MaxRows(ledger.dimension);
  const auto is_small = [&](std::size_t count) { return count > 0 && 2 * count < most; };
  const bool many = std::ranges::count_if(rows, is_small) > static_cast<std::ptrdiff_t>(kMostSmallParts);
  std::vector<bool> chosen(rows.size());
  for (std::size_t part = 0; part < rows.size(); ++part) chosen[part] = many && is_small(rows[part]);
  for (const std::uint32_t part : ledger.dead_parts) chosen[part] = true;
  return chosen;
}

}  // namespace

Result<std::optional<std::string>> CompactParts(Folder& folder, const std::string& fingerprint,
                                                Ledger& ledger, WrittenFiles& files, std::stop_token stop) {
  const std::vector<bool> chosen = PartsToRewrite(ledger);
  ledger.dead_parts.clear();
  bool thumbnails = false;  // a part has one for each row, or none at all
  for (std::uint32_t part = 0; part < chosen.size(); ++part) {
    if (!chosen[part]) continue;
    FRUITS_TRY(const bool has, folder.Exists("thumbs/" + ledger.parts[part]));
    thumbnails = thumbnails || has;
  }
  PartCache old_parts(folder, ledger.parts, PartColumns::kAll, PartCache::Order::kAny);
  PartBuilder builder(folder, fingerprint, ledger.dimension, ledger.parts);
  std::vector<std::pair<std::size_t, RowPlace>> moved;
  for (std::size_t row = 0; row < ledger.places.size(); ++row) {
    const RowPlace place = ledger.places[row];
    if (place.part >= chosen.size() || !chosen[place.part]) continue;
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while parts were written anew");
    const auto part = old_parts.Get(place.part);
    if (!part && part.error().code() == ErrorCode::kCorrupt) return ledger.parts[place.part];
    if (!part) return std::unexpected(part.error());
    PhotoOutcome outcome{.row = row, .what = {}};
    std::visit([&](auto what) { outcome.what = std::move(what); }, OutcomeAt(**part, place));
    auto* photo = std::get_if<FeaturizedPhoto>(&outcome.what);
    if (photo && thumbnails && !photo->thumbnail) photo->thumbnail = "";
    FRUITS_TRY(const RowPlace new_place, builder.Append(std::move(outcome)));
    moved.emplace_back(row, new_place);
  }
  FRUITS_CHECK(builder.Finish());
  for (auto& [name, file] : builder.TakeFiles()) files[name] = std::move(file);
  for (const auto& [row, place] : moved) ledger.places[row] = place;
  for (std::size_t part = 0; part < chosen.size(); ++part) {
    if (chosen[part]) FRUITS_CHECK(RemovePart(folder, ledger.parts[part]));
  }
  return std::nullopt;
}

}  // namespace fruits
