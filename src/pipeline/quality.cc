#include "fruits/pipeline/quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <unordered_map>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/io/uri.h"
#include "fruits/stats/gram.h"
#include "fruits/stats/nearest.h"
#include "fruits/stats/ridge_probe.h"
#include "fruits/stats/wide_pca.h"
#include "pipeline/photo_groups.h"
#include "pipeline/stored_features.h"

namespace fruits {
namespace {

// The share of the rows for which it is so.
template <typename Predicate>
double ShareOf(std::size_t rows, const Predicate& is_so) {
  std::size_t count = 0;
  for (std::size_t row = 0; row < rows; ++row) count += is_so(row);
  return static_cast<double>(count) / static_cast<double>(rows);
}

// What --label and --group see of a stored path. Tables that others wrote may hold any text.
std::vector<std::string> RawPathsOf(std::span<const std::string> paths) {
  std::vector<std::string> raw;
  raw.reserve(paths.size());
  for (const std::string& path : paths) {
    const auto uri = ParseUri(path, "/");
    raw.push_back(uri ? uri->RawPath() : path);
  }
  return raw;
}

// Why nothing can be said of the labels; empty: something can. No photo may be asked about one that has its
// label where each label lies in a group of its own.
std::string WhyNoAccuracy(std::span<const std::uint32_t> labels, std::span<const std::uint32_t> groups) {
  std::unordered_map<std::uint32_t, std::uint32_t> group_of;
  bool is_asked = false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto known = group_of.try_emplace(labels[i], groups[i]).first;
    is_asked = is_asked || known->second != groups[i];
  }
  if (group_of.size() < 2) return "no labels to tell apart";
  return is_asked ? "" : "no labels with photos in two groups";
}

Result<Pca> FitPca(MatrixView<const float> rows, const PcaOptions& options) {
  const auto read = [&](std::size_t first, MatrixView<float> out) -> Status {
    for (std::size_t i = 0; i < out.rows(); ++i) std::ranges::copy(rows.Row(first + i), out.Row(i).begin());
    return {};
  };
  if (rows.cols() > kMaxCovarianceDimension) return WidePca::Fit(rows.rows(), rows.cols(), read, {}, options);
  Moments moments(rows.cols());
  for (std::size_t first = 0; first < rows.rows(); first += Moments::kBlockRows) {
    FRUITS_CHECK(moments.Add(rows.Rows(first, std::min(Moments::kBlockRows, rows.rows() - first))));
  }
  FRUITS_TRY(const StandardScaler scaler, StandardScaler::Fit(moments, {}));
  return Pca::Fit(moments, scaler, options);
}

}  // namespace

Status CheckGroup(const std::string& group) {
  FRUITS_CHECK(ParseGroupRule(group));
  return {};
}

Result<EvaluatedFeatures> EvaluatedFeatures::Of(Storage& storage, const std::string& address,
                                                const QualityOptions& options) {
  EvaluatedFeatures evaluated;
  evaluated.address_ = address;
  FRUITS_CHECK(evaluated.Load(storage, address, options));
  for (Status (EvaluatedFeatures::*step)(const QualityOptions&) :
       {&EvaluatedFeatures::Judge, &EvaluatedFeatures::Fit}) {
    Status status = (evaluated.*step)(options);
    if (!status) return std::unexpected(status.error().WithContext(address));
  }
  return evaluated;
}

Status EvaluatedFeatures::Load(Storage& storage, const std::string& address, const QualityOptions& options) {
  FRUITS_TRY(const StoredFeatures stored, OpenStoredFeatures(storage, address, options.working_directory));
  dimension_ = stored.rows->dimension();
  if (stored.rows->size() > Gram::kMaxRows) {
    return Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("{}: {} photos; at most {} are compared with each other, take fewer with --images",
                    address, stored.rows->size(), Gram::kMaxRows));
  }
  features_.reserve(stored.rows->size() * dimension_);
  FeatureRow row;
  for (;;) {
    FRUITS_TRY(const bool more, stored.rows->Next(row));
    if (!more) break;
    paths_.push_back(std::move(row.path));
    labels_.push_back(std::move(row.label));
    std::ranges::transform(row.features, std::back_inserter(features_),
                           [](double x) { return static_cast<float>(x); });
  }
  return {};
}

Status EvaluatedFeatures::Judge(const QualityOptions& options) {
  const std::size_t n = paths_.size();
  const std::vector<std::uint32_t> labels = NumberTexts(labels_);
  quality_ = {.photos = n,
              .labels = labels.empty() ? 0 : *std::ranges::max_element(labels) + std::size_t{1},
              .dimension = dimension_};
  if (n == 0) return Fail(ErrorCode::kInvalidArgument, "it holds no features; expected some to judge");
  FRUITS_TRY(PhotoGroups groups, GroupPhotos(RawPathsOf(paths_), labels_, options.group));
  quality_.groups = std::move(groups.facts);
  quality_.accuracy_unknown_as = WhyNoAccuracy(labels, groups.rows.group);
  const bool is_known = quality_.accuracy_unknown_as.empty();
  if (quality_.groups.groups < 2) return {};
  FRUITS_TRY(const Gram gram, Gram::Of({features_.data(), n, dimension_}));
  FRUITS_TRY(nearest_, NearestOfOtherGroups(gram, groups.rows));
  if (!is_known) return {};
  FRUITS_TRY(const std::vector<std::uint32_t> told, ProbeLabels(gram, labels, groups.rows));
  nearest_right_.resize(n);
  probe_right_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    nearest_right_[i] = nearest_[i] != kNoRow && labels[nearest_[i]] == labels[i];
    probe_right_[i] = told[i] == labels[i];
  }
  quality_.nearest_accuracy = ShareOf(n, [&](std::size_t i) -> bool { return nearest_right_[i]; });
  quality_.probe_accuracy = ShareOf(n, [&](std::size_t i) -> bool { return probe_right_[i]; });
  return {};
}

Status EvaluatedFeatures::Fit(const QualityOptions& options) {
  const std::size_t possible = std::min(paths_.size() - 1, dimension_);
  std::size_t most = 0;
  for (const std::size_t k : options.components) {
    if (k > possible) continue;
    if (compared_components_ == 0) compared_components_ = k;
    most = std::max(most, k);
  }
  if (most > 0) {
    FRUITS_TRY(pca_, FitPca({features_.data(), paths_.size(), dimension_}, {.components = most}));
  }
  for (const std::size_t k : options.components) {
    double kept = k > possible ? kNotKnown : 0;
    for (std::size_t i = 0; i < std::min(k, most); ++i) kept += pca_->ExplainedVarianceRatio(i);
    quality_.variance_kept.push_back(kept);
  }
  return {};
}

Result<FeatureAgreement> EvaluatedFeatures::AgreementWith(const EvaluatedFeatures& reference) const {
  if (paths_ != reference.paths_) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{} and {} hold features of other photos", address_, reference.address_));
  }
  const std::size_t n = paths_.size();
  FeatureAgreement agreement;
  if (!nearest_.empty() && !reference.nearest_.empty()) {
    agreement.same_nearest_photo =
        ShareOf(n, [&](std::size_t i) { return nearest_[i] == reference.nearest_[i]; });
    if (quality_.accuracy_unknown_as.empty()) {
      agreement.same_nearest_label = ShareOf(n, [&](std::size_t i) {
        const std::uint32_t here = nearest_[i], there = reference.nearest_[i];
        return here == there || (here != kNoRow && there != kNoRow && labels_[here] == labels_[there]);
      });
    }
  }
  if (!nearest_right_.empty() && !reference.nearest_right_.empty()) {
    FRUITS_TRY(agreement.nearest_change, ComparePaired(reference.nearest_right_, nearest_right_));
    FRUITS_TRY(agreement.probe_change, ComparePaired(reference.probe_right_, probe_right_));
  }
  for (std::size_t i = 0;
       i < std::min(quality_.variance_kept.size(), reference.quality_.variance_kept.size()); ++i)
    agreement.variance_change.push_back(quality_.variance_kept[i] - reference.quality_.variance_kept[i]);
  if (dimension_ != reference.dimension_) return agreement;
  FRUITS_TRY(agreement.cosine,
             CompareRows({features_.data(), n, dimension_}, {reference.features_.data(), n, dimension_}));
  if (pca_ && reference.pca_ && compared_components_ == reference.compared_components_) {
    FRUITS_TRY(agreement.angles, PrincipalAngles(pca_->components().Rows(0, compared_components_),
                                                 reference.pca_->components().Rows(0, compared_components_)));
  }
  return agreement;
}

}  // namespace fruits
