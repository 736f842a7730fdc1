#include "pipeline/fit_rows.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/stats/wide_pca.h"

namespace fruits {
namespace {

PcaOptions PcaOptionsOf(const RunOptions& options) {
  // A scaler that subtracts the mean leaves nothing for the projection to centre.
  return {.components = options.components,
          .variance = options.variance,
          .center = options.center || options.with_mean};
}

StandardScaler::Options ScalingOf(const RunOptions& options) {
  return {.with_std = true, .with_mean = options.with_mean};
}

// Wide rows are fitted in float32, as networks give them; doubles that are more than that are refused, not
// rounded.
Status Narrow(const FeatureRow& row, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(row.features[i]);
    if (static_cast<double>(out[i]) != row.features[i]) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: features of more than {} columns are fitted as float32, and column {} is "
                              "{}, which is no float32",
                              row.path, kMaxCovarianceDimension, i, row.features[i]));
    }
  }
  return {};
}

// Rows by number for a reader that only goes forward and starts again.
class RowsByNumber {
 public:
  RowsByNumber(FeatureRows& rows, std::stop_token stop) : rows_(rows), stop_(std::move(stop)) {}

  Status Read(std::size_t first, MatrixView<float> out) {
    if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while fitting");
    if (first < next_ || next_ == 0) {
      FRUITS_CHECK(rows_.Rewind());
      next_ = 0;
    }
    FeatureRow row;
    for (; next_ < first + out.rows(); ++next_) {
      FRUITS_TRY(const bool more, rows_.Next(row));
      if (!more) return Fail(ErrorCode::kCorrupt, "the feature rows ended before their count");
      if (next_ < first) continue;
      FRUITS_CHECK(Narrow(row, out.Row(next_ - first)));
    }
    return {};
  }

 private:
  FeatureRows& rows_;
  const std::stop_token stop_;
  std::size_t next_ = 0;
};

Result<Fitted> FitWide(FeatureRows& rows, const RunOptions& options, const std::string& fingerprint,
                       std::stop_token stop) {
  RowsByNumber by_number(rows, std::move(stop));
  const auto read = [&](std::size_t first, MatrixView<float> out) { return by_number.Read(first, out); };
  FRUITS_TRY(Pca pca,
             WidePca::Fit(rows.size(), rows.dimension(), read, ScalingOf(options), PcaOptionsOf(options)));
  return Fitted{.pca = std::move(pca),
                .count = rows.size(),
                .moments = std::nullopt,
                .labels = std::nullopt,
                .fingerprint = fingerprint};
}

}  // namespace

Status CheckFit(const RunOptions& options, std::size_t rows, std::size_t dimension) {
  const std::string wanted = options.variance != 0 ? fmt::format("--variance {}", options.variance)
                                                   : fmt::format("--components {}", options.components);
  if (rows < 2) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: a fit needs at least 2 photos, found {}", wanted, rows));
  }
  if (options.variance == 0 && options.components >= rows) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: {} photos allow at most {} (one less than their number)", wanted, rows, rows - 1));
  }
  if (options.variance == 0 && options.components > dimension) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: features of {} columns allow at most {}", wanted, dimension, dimension));
  }
  if (IsWide(dimension) && rows > kMaxGramRows) {
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("features of {} columns can be fitted on at most {} photos, these are {}; use "
                            "--pooling avg or --limit",
                            dimension, kMaxGramRows, rows));
  }
  return {};
}

Result<Fitted> FitMoments(BlockMoments::Totals totals, const RunOptions& options,
                          const std::string& fingerprint) {
  FRUITS_TRY(const StandardScaler scaler, StandardScaler::Fit(totals.moments, ScalingOf(options)));
  FRUITS_TRY(Pca pca, Pca::Fit(totals.moments, scaler, PcaOptionsOf(options)));
  const std::uint64_t count = totals.moments.count();
  return Fitted{.pca = std::move(pca),
                .count = count,
                .moments = std::move(totals.moments),
                .labels = std::move(totals.labels),
                .fingerprint = fingerprint};
}

Result<Fitted> FitRows(FeatureRows& rows, const RunOptions& options, const std::string& fingerprint,
                       std::stop_token stop) {
  if (IsWide(rows.dimension())) return FitWide(rows, options, fingerprint, std::move(stop));
  BlockMoments blocks(rows.dimension());
  FRUITS_CHECK(rows.Rewind());
  FeatureRow row;
  while (true) {
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while fitting");
    FRUITS_TRY(const bool more, rows.Next(row));
    if (!more) break;
    FRUITS_CHECK(blocks.Push(row.row, row.label, row.features));
  }
  FRUITS_TRY(BlockMoments::Totals totals, blocks.Finish());
  return FitMoments(std::move(totals), options, fingerprint);
}

}  // namespace fruits
