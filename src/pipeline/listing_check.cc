#include "pipeline/listing_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/uri.h"

namespace fruits {
namespace {

Result<std::string> RawPathOf(const std::string& address) {
  FRUITS_TRY(const Uri uri, ParseUri(address, "/"));
  std::string raw = uri.RawPath();
  if (raw.ends_with('/')) raw.pop_back();
  return raw;
}

// In the folder or archive `place`, or it itself.
bool LiesIn(std::string_view path, std::string_view place) {
  if (!path.starts_with(place)) return false;
  const std::string_view rest = path.substr(place.size());
  return rest.empty() || rest.starts_with('/') || rest.starts_with("!/");
}

bool IsListed(const Catalog& catalog, const std::string& raw) {
  const auto rows = std::views::iota(std::size_t{0}, catalog.size());
  const auto raw_path = [&](std::size_t row) { return catalog.RawPath(row); };
  const auto found = std::ranges::lower_bound(rows, raw, {}, raw_path);
  return found != rows.end() && raw_path(*found) == raw;
}

// A folder that cannot be listed today is no reason to throw the rows of its photos away.
Status CheckHidden(const Catalog& catalog, const Ledger& ledger, const Folder& folder) {
  std::vector<std::string> places;
  for (const ListingProblem& problem : catalog.problems()) {
    FRUITS_TRY(places.emplace_back(), RawPathOf(problem.path));
  }
  const auto check = [&](const std::string& address) -> Status {
    FRUITS_TRY(const std::string raw, RawPathOf(address));
    const auto place =
        std::ranges::find_if(places, [&](const std::string& each) { return LiesIn(raw, each); });
    if (place == places.end() || IsListed(catalog, raw)) return {};
    const ListingProblem& problem = catalog.problems()[static_cast<std::size_t>(place - places.begin())];
    return Fail(ErrorCode::kIo, fmt::format("{}: {}; the output folder holds the row of {}, and the run "
                                            "would drop it",
                                            problem.path, problem.reason, address));
  };
  for (const std::string& name : ledger.parts) {
    const auto part = ReadFeaturePart(folder, name, PartColumns::kRows);
    if (!part && part.error().code() == ErrorCode::kCorrupt) continue;  // found and mended where it is used
    if (!part) return std::unexpected(part.error());
    for (const PhotoRow& row : part->rows) FRUITS_CHECK(check(row.path));
    for (const RejectedRow& row : part->rejected) FRUITS_CHECK(check(row.path));
  }
  return {};
}

}  // namespace

Status CheckListing(const RunOptions& options, const Plan& plan, const Ledger& ledger, const Folder& folder,
                    const std::optional<Selection>& before) {
  if (!plan.matched()) return {};
  const auto& problems = plan.catalog().problems();
  if (!problems.empty() && options.on_error == OnError::kFail) {
    return Fail(ErrorCode::kIo,
                fmt::format("{}: {} (--on-error fail)", problems.front().path, problems.front().reason));
  }
  if (!problems.empty() && ledger.gone > 0) FRUITS_CHECK(CheckHidden(plan.catalog(), ledger, folder));
  // With the choice of before, photos that were added move others out of it.
  const Selection now{.limit = options.limit, .sample = options.sample};
  if (now == before) return {};
  if (options.sample > 0 && ledger.gone > 0) {
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("--sample {}: the output folder holds rows of photos that are not among them, and the "
                    "run would drop them; use another --output, or --overwrite",
                    options.sample));
  }
  const bool is_cut = options.limit > 0 && plan.size() == options.limit;
  if (is_cut && ledger.last_path > plan.raw_path(plan.size() - 1)) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("--limit {}: the output folder holds rows of photos beyond it, up to {}, and the "
                            "run would drop them; use another --output, or --overwrite",
                            options.limit, UriOfRawPath(ledger.last_path).ToString()));
  }
  return {};
}

}  // namespace fruits
