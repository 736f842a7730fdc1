// How good features are: what can be told from them about the labels, how much variance few components keep,
// and how close they are to other features of the same photos.
//
//   FRUITS_TRY(const EvaluatedFeatures f32, EvaluatedFeatures::Of(storage, "out/f32", options));
//   FRUITS_TRY(const EvaluatedFeatures int8, EvaluatedFeatures::Of(storage, "out/int8", options));
//   FRUITS_TRY(const FeatureAgreement agreement, int8.AgreementWith(f32));
//
// Threads: one user. Memory: n x D floats, 8 * n * n bytes, and what a fit takes.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/storage.h"
#include "fruits/stats/agreement.h"
#include "fruits/stats/paired_change.h"
#include "fruits/stats/pca.h"

namespace fruits {

struct QualityOptions {
  std::vector<std::size_t> components = {7};  // each more than 0
  std::string group;                          // which photos are too alike to stand for each other: an
                                              // expression with one group; empty: runs of neighbouring names
  std::string working_directory;
};

// Before any features: is QualityOptions::group an expression with one group, or empty? kInvalidArgument: no.
Status CheckGroup(const std::string& group);

inline constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();  // null in JSON

// How photos were kept apart that are too alike to stand for each other.
struct GroupFacts {
  std::string rule{};        // for people
  std::string expression{};  // empty: runs of neighbouring names
  std::size_t groups = 0;
  std::size_t smallest = 0;  // photos of a group
  std::size_t largest = 0;
  std::size_t matched = 0;                 // photos that the expression matched; the others are one group
  std::size_t labels_without_margins = 0;  // too few photos to keep neighbours apart: accuracy flatters
};

// Shares of the photos, from 0 to 1. Both accuracies ask the same photos: those of other groups that do not
// lie beside the photo's own.
struct FeatureQuality {
  std::size_t photos = 0;
  std::size_t labels = 0;
  std::size_t dimension = 0;
  double nearest_accuracy = kNotKnown;  // the nearest of them has the photo's label
  double probe_accuracy = kNotKnown;    // a linear classifier trained on them gives the photo's label
  std::string accuracy_unknown_as{};    // why both are not known: "no labels to tell apart"
  std::vector<double> variance_kept{};  // by the first components[i] components
  GroupFacts groups{};
};

struct FeatureAgreement {
  std::optional<CosineSummary> cosine;    // none: rows of other widths
  double same_nearest_photo = kNotKnown;  // where there are two groups
  double same_nearest_label = kNotKnown;  // where accuracies are known
  // From the reference to these features; none: the accuracies are not known.
  std::optional<PairedChange> nearest_change;
  std::optional<PairedChange> probe_change;
  std::vector<double> angles;  // degrees between the spaces of the first components[0]; empty: other widths
  std::vector<double> variance_change;  // of variance_kept
};

class EvaluatedFeatures {
 public:
  // The features of a finished run's or extract's folder. kResourceExhausted: more rows than a Gram takes;
  // kInvalidArgument: an expression that makes no two groups; photos without labels, where an accuracy is
  // needed; K above what the photos allow.
  static Result<EvaluatedFeatures> Of(Storage& storage, const std::string& address,
                                      const QualityOptions& options);

  const FeatureQuality& quality() const { return quality_; }
  // How these differ from `reference`. kFailedPrecondition: other photos.
  Result<FeatureAgreement> AgreementWith(const EvaluatedFeatures& reference) const;

 private:
  EvaluatedFeatures() = default;
  Status Load(Storage& storage, const std::string& address, const QualityOptions& options);
  Status Judge(const QualityOptions& options);
  Status Fit(const QualityOptions& options);

  std::string address_;
  std::vector<std::string> paths_;
  std::vector<std::string> labels_;
  std::vector<float> features_;
  std::size_t dimension_ = 0;
  FeatureQuality quality_;
  std::vector<std::uint32_t> nearest_;  // rows; empty where all photos are one group
  // Whether each accuracy counts the photo; empty where they are not known.
  std::vector<bool> nearest_right_;
  std::vector<bool> probe_right_;
  std::optional<Pca> pca_;
  std::size_t compared_components_ = 0;
};

}  // namespace fruits
