#include "fruits/pipeline/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/memory_share.h"
#include "fruits/core/try.h"
#include "fruits/io/file.h"
#include "fruits/io/label_rule.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/stats/gram.h"
#include "pipeline/extract.h"
#include "pipeline/judging_memory.h"
#include "pipeline/photo_groups.h"
#include "pipeline/progress_meter.h"

namespace fruits {
namespace {

constexpr std::string_view kCompareJson = "compare.json";
// What the page cache of any machine holds on to.
constexpr std::uint64_t kMostWarmedBytes = std::uint64_t{2} << 30;

// What a combination lacks, not the whole call.
bool IsOwnFault(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kFailedPrecondition ||
         code == ErrorCode::kInvalidArgument || code == ErrorCode::kCorrupt;
}

// Before the first combination, since what is wrong here is so for each of them.
Status CheckShared(const RunOptions& options, const RunHooks& hooks) {
  FRUITS_CHECK(GuardCpu());  // a bucket is listed by threads
  ProgressMeter(hooks.on_progress).Begin(Phase::kListing, 0);
  Storage storage(hooks.stop);
  return CheckInputs(options, storage);
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
  FRUITS_CHECK(CheckOptions(options.run, kForExtract));
  FRUITS_CHECK(ParseGroupRule(options.group));
  if (const auto label = LabelRule::Parse(options.run.label); !label)
    return std::unexpected(label.error().WithContext("--label"));
  if (options.run.sample > Gram::kMaxRows) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--images '{}': expected a whole number from 0 to {}", options.run.sample,
                            Gram::kMaxRows));
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

// Reads what is going to be read anyway: else the first combination alone would wait for the disk. What
// cannot be read is the run's to say. Photos in buckets are no faster the second time.
void WarmPageCache(const Catalog& photos, const std::stop_token& stop) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < photos.size(); ++i) bytes += photos.size_bytes(i);
  // Local paths begin with '/' and come first: if the last is one, all are, and nobody waits for a listing.
  if (bytes > kMostWarmedBytes || photos.size() == 0 || !photos.RawPath(photos.size() - 1).starts_with('/'))
    return;
  std::vector<std::byte> buffer;
  for (std::size_t i = 0; i < photos.size() && !stop.stop_requested(); ++i)
    (void)ReadFile(photos.RawPath(i), buffer, kMostWarmedBytes);
}

class Comparer {
 public:
  Comparer(const CompareOptions& options, const RunHooks& hooks)
      : run_(options.run),
        stop_(hooks.stop),
        hooks_(hooks),
        quality_{.components = options.components,
                 .group = options.group,
                 .working_directory = options.run.working_directory},
        storage_(hooks.stop) {
    hooks_.check_photos = [this](const Catalog& photos, std::size_t dimension) {
      return CheckPhotos(photos, dimension);
    };
    comparison_.components = options.components;
  }

  // Takes over the speeds of earlier calls.
  Status Open() {
    FRUITS_TRY(const Uri uri, ParseUri(run_.output, run_.working_directory));
    FRUITS_TRY(folder_, storage_.OpenFolder(uri));
    FRUITS_TRY(const bool is_there, folder_->Exists(kCompareJson));
    if (!is_there) return {};
    FRUITS_TRY(const std::string text, folder_->Read(kCompareJson));
    auto speeds = ReadSpeeds(text);
    if (!speeds) return std::unexpected(speeds.error().WithContext(folder_->Address(kCompareJson)));
    comparison_.speeds = std::move(*speeds);
    return {};
  }

  Status Add(Combination combination, bool is_last) {
    ComparedFeatures& features = combination.features;
    const Status judged = Guard([&] { return Judge(combination.options, features); });
    if (!judged) {
      if (ends_all_ || !IsOwnFault(judged.error().code())) return judged;
      features.fault = judged.error().message();
    }
    is_first_ = false;
    comparison_.features.push_back(std::move(features));
    comparison_.is_finished = is_last;
    return Write();
  }

  Result<Comparison> Take() { return std::move(comparison_); }

 private:
  Status Write() {
    FRUITS_CHECK(folder_->Write(kCompareJson, ToJson(comparison_)));
    return {};
  }

  // What would be refused only after the features were computed.
  Status CheckPhotos(const Catalog& photos, std::size_t dimension) {
    if (!quality_.group.empty()) {
      std::vector<std::string> raw;
      raw.reserve(photos.size());
      for (std::size_t i = 0; i < photos.size(); ++i) raw.push_back(photos.RawPath(i));
      const auto groups = GroupPhotos(raw, {}, quality_.group);
      ends_all_ = !groups;
      if (!groups) return std::unexpected(groups.error());
    }
    FRUITS_CHECK(CheckJudgingFits({.photos = photos.size(),
                                   .dimension = dimension,
                                   .reference_dimension = reference_ ? reference_->quality().dimension : 0,
                                   .components = MostComponents()},
                                  run_.sample, UsableMemory()));
    if (is_first_) WarmPageCache(photos, stop_);
    return {};
  }

  std::size_t MostComponents() const {
    return quality_.components.empty() ? 0 : *std::ranges::max_element(quality_.components);
  }

  // The speed over most photos counts: what a few that were added or left over took says little.
  Status TakeSpeed(const RunSummary& summary, ComparedFeatures& features) {
    MeasuredSpeed& known = comparison_.speeds[features.name];
    const std::uint64_t computed = summary.counts.computed;
    features.speed_is_earlier = computed == 0 || computed < known.photos;
    if (!features.speed_is_earlier) {
      known = {.images_per_second = summary.images_per_second, .photos = computed};
      FRUITS_CHECK(Write());  // judging may take long, and this is not measured again
    }
    features.speed = known;
    if (known.images_per_second == 0) comparison_.speeds.erase(features.name);
    return {};
  }

  Status Judge(const RunOptions& options, ComparedFeatures& features) {
    FRUITS_TRY(const RunSummary summary, ExtractFeatures(options, hooks_));
    features.model = summary.model;
    features.precision = summary.precision;
    features.precision_reason = summary.precision_reason;
    features.input_size = summary.input_size;
    features.rejected = summary.counts.rejected;
    features.too_many_rejected = summary.too_many_rejected;
    features.model_bytes = summary.model_bytes;
    FRUITS_CHECK(TakeSpeed(summary, features));
    FRUITS_TRY(EvaluatedFeatures evaluated, EvaluatedFeatures::Of(storage_, options.output, quality_));
    features.quality = evaluated.quality();
    if (reference_) {
      FRUITS_TRY(features.agreement, evaluated.AgreementWith(*reference_));
    } else if (is_first_) {
      reference_ = std::move(evaluated);
    }
    return {};
  }

  const RunOptions& run_;
  const std::stop_token stop_;
  RunHooks hooks_;
  const QualityOptions quality_;
  Storage storage_;
  std::unique_ptr<Folder> folder_;
  bool is_first_ = true;
  bool ends_all_ = false;                       // what is wrong is so for every combination
  std::optional<EvaluatedFeatures> reference_;  // the first, unless it failed
  Comparison comparison_;
};

}  // namespace

Result<Comparison> Compare(const CompareOptions& options, const RunHooks& hooks) {
  return Guard([&]() -> Result<Comparison> {
    FRUITS_TRY(std::vector<Combination> all, Combine(options));
    Comparer comparer(options, hooks);
    FRUITS_CHECK(comparer.Open());
    FRUITS_CHECK(CheckShared(all.front().options, hooks));
    for (std::size_t i = 0; i < all.size(); ++i)
      FRUITS_CHECK(comparer.Add(std::move(all[i]), i + 1 == all.size()));
    return comparer.Take();
  });
}

}  // namespace fruits
