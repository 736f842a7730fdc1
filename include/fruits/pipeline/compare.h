// Which features are worth their time: the same photos through several models, precisions, input sizes and
// poolings, each judged and compared with the first.
//
//   CompareOptions options{.run = ..., .models = {"resnet50", "efficientnet-lite0"}};
//   FRUITS_TRY(const Comparison comparison, Compare(options, hooks));
//
// Each combination is an extract of its own in a folder NAME below the output folder, so what is there is not
// computed again; `compare.json` beside them holds the table. It is written after each row and keeps the
// speeds that earlier calls measured. Threads: one call at a time for an output
// folder. Memory: that of ExtractFeatures, then of two EvaluatedFeatures.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/pipeline/quality.h"
#include "fruits/pipeline/run.h"

namespace fruits {

struct CompareOptions {
  RunOptions run;  // what the combinations share: inputs, output, sample, fit, label ...
  std::vector<std::string> models;
  std::vector<std::string> precisions;  // as --precision takes them
  std::vector<int> input_sizes;         // 0: the model's own
  std::vector<Pooling> poolings;
  std::vector<std::size_t> components;
  std::string group;
};

// Photos over the featurizing phase: reading, decoding, resizing and the network, without start-up, listing
// and what comes after.
struct MeasuredSpeed {
  double images_per_second = 0;  // 0: not measured
  std::uint64_t photos = 0;
};
using MeasuredSpeeds = std::map<std::string, MeasuredSpeed>;  // by the combination's name

struct ComparedFeatures {
  std::string name;     // of its folder: "resnet50-int8-224-avg"
  std::string fault{};  // why there is nothing more to say; empty: there is
  std::string model;
  std::string precision;
  std::string precision_reason{};  // where --precision auto chose
  int input_size = 0;
  Pooling pooling = Pooling::kAverage;
  MeasuredSpeed speed{};  // of the run, of this call or an earlier one, that computed most photos
  bool speed_is_earlier = false;
  std::uint64_t model_bytes = 0;
  std::uint64_t rejected = 0;      // photos without features
  bool too_many_rejected = false;  // more than the run's max_rejected
  FeatureQuality quality{};
  std::optional<FeatureAgreement>
      agreement{};  // with the first; none for the first, and where that one failed
  bool is_judged() const { return fault.empty(); }
};

struct Comparison {
  std::vector<std::size_t> components;
  std::vector<ComparedFeatures> features;
  MeasuredSpeeds speeds;     // of all combinations that were ever measured for this output folder
  bool is_finished = false;  // no row is missing
};

// One row a combination, in the order of models, precisions, input sizes, poolings. What one combination
// lacks (no such int8 model, a size that the network cannot take, memory to judge its features) is its fault;
// kCancelled, kIo and wrong options end the call, also a group rule that makes fewer than 2 groups of the
// photos, which is found before any is computed where the listing is quick; kCorrupt: a compare.json that is
// none. Inputs that are missing, cannot be listed or hold no photos end it before anything is written.
Result<Comparison> Compare(const CompareOptions& options, const RunHooks& hooks);

// What compare.json holds; angles in degrees, shares from 0 to 1.
std::string ToJson(const Comparison& comparison);
std::string ToJson(const FeatureQuality& quality, const std::vector<std::size_t>& components);
std::string ToJson(const FeatureAgreement& agreement);
// The speeds in such a text. kCorrupt: it is none.
Result<MeasuredSpeeds> ReadSpeeds(const std::string& compare_json);

}  // namespace fruits
