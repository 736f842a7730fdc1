#include "fruits/pipeline/compare.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/stats/gram.h"
#include "pipeline/photo_groups.h"

namespace fruits {
namespace {

// What a combination lacks, not the whole call.
bool IsOwnFault(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kFailedPrecondition ||
         code == ErrorCode::kInvalidArgument || code == ErrorCode::kCorrupt;
}

// A name that may be a path or an address, as a folder's name.
std::string FolderName(std::string_view model) {
  model = model.substr(0, model.find_last_not_of('/') + 1);
  std::string name(model.substr(model.find_last_of('/') + 1));
  for (char& c : name) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          c == '.' || c == '-' || c == '_';
    if (!is_plain) c = '_';
  }
  return name.empty() || name.starts_with('.') ? "model" + name : name;
}

struct Combination {
  RunOptions options;
  ComparedFeatures features;
};

Result<std::vector<Combination>> Combine(const CompareOptions& options) {
  if (const auto groups = GroupPhotos({}, {}, options.group); !groups) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--group '{}': expected a regular expression with one group", options.group));
  }
  std::vector<Combination> all;
  std::map<std::string, int> taken;
  for (const std::string& model : options.models) {
    for (const std::string& precision : options.precisions) {
      for (const int size : options.input_sizes) {
        for (const Pooling pooling : options.poolings) {
          Combination each{.options = options.run, .features = {}};
          FRUITS_CHECK(SetOption(each.options, "model", model));
          FRUITS_CHECK(SetOption(each.options, "precision", precision));
          FRUITS_CHECK(SetOption(each.options, "input_size", std::to_string(size)));
          each.options.pooling = pooling;
          each.features = {.name = fmt::format("{}-{}-{}-{}", FolderName(model), precision,
                                               size > 0 ? std::to_string(size) : "own", ToString(pooling)),
                           .model = model,
                           .precision = precision,
                           .input_size = size,
                           .pooling = pooling};
          // Two stores may each have a model of one name.
          if (const int times = ++taken[each.features.name]; times > 1)
            each.features.name += fmt::format("-{}", times);
          if (each.options.sample == 0) each.options.sample = Gram::kMaxRows;
          const std::string& out = options.run.output;
          each.options.output = out + (out.ends_with('/') ? "" : "/") + each.features.name;
          all.push_back(std::move(each));
        }
      }
    }
  }
  if (all.empty())
    return Fail(ErrorCode::kInvalidArgument, "nothing to compare: no models, precisions, sizes or poolings");
  return all;
}

class Comparer {
 public:
  Comparer(const CompareOptions& options, const RunHooks& hooks)
      : hooks_(hooks),
        quality_{.components = options.components,
                 .group = options.group,
                 .working_directory = options.run.working_directory},
        storage_(hooks.stop) {}

  Status Add(Combination combination) {
    ComparedFeatures& features = combination.features;
    const Status judged = Guard([&] { return Judge(combination.options, features); });
    if (!judged) {
      if (!IsOwnFault(judged.error().code())) return judged;
      features.fault = judged.error().message();
    }
    is_first_ = false;
    comparison_.features.push_back(std::move(features));
    return {};
  }

  Result<Comparison> Finish(const RunOptions& run) {
    comparison_.components = quality_.components;
    FRUITS_TRY(const Uri uri, ParseUri(run.output, run.working_directory));
    FRUITS_TRY(const auto folder, storage_.OpenFolder(uri));
    FRUITS_CHECK(folder->Write("compare.json", ToJson(comparison_)));
    return std::move(comparison_);
  }

 private:
  Status Judge(const RunOptions& options, ComparedFeatures& features) {
    FRUITS_TRY(const RunSummary summary, ExtractFeatures(options, hooks_));
    features.model = summary.model;
    features.precision = summary.precision;
    features.input_size = summary.input_size;
    features.rejected = summary.counts.rejected;
    features.too_many_rejected = summary.too_many_rejected;
    features.model_bytes = summary.model_bytes;
    if (summary.counts.kept == 0) features.images_per_second = summary.images_per_second;
    FRUITS_TRY(EvaluatedFeatures evaluated, EvaluatedFeatures::Of(storage_, options.output, quality_));
    features.quality = evaluated.quality();
    if (reference_) {
      FRUITS_TRY(features.agreement, evaluated.AgreementWith(*reference_));
    } else if (is_first_) {
      reference_ = std::move(evaluated);
    }
    return {};
  }

  const RunHooks& hooks_;
  const QualityOptions quality_;
  Storage storage_;
  bool is_first_ = true;
  std::optional<EvaluatedFeatures> reference_;  // the first, unless it failed
  Comparison comparison_;
};

}  // namespace

Result<Comparison> Compare(const CompareOptions& options, const RunHooks& hooks) {
  return Guard([&]() -> Result<Comparison> {
    FRUITS_TRY(std::vector<Combination> all, Combine(options));
    Comparer comparer(options, hooks);
    for (Combination& each : all) FRUITS_CHECK(comparer.Add(std::move(each)));
    return comparer.Finish(options.run);
  });
}

}  // namespace fruits
