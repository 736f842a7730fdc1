#include "pipeline/extract.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <utility>

#include "fruits/core/cpu_share.h"
#include "fruits/core/try.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/model/model_store.h"
#include "pipeline/assembly.h"
#include "pipeline/featurize.h"
#include "pipeline/stage_times.h"

namespace fruits {
namespace {

using ExtractorResult = Result<std::unique_ptr<FeatureExtractor>>;

Result<Bundle> FindModel(const RunOptions& options) {
  const auto is_model_file = [&](std::string_view suffix) { return options.model.ends_with(suffix); };
  if (is_model_file(".onnx") || is_model_file(".xml")) {
    BareModelOptions bare = options.bare_model;
    bare.input_width = bare.input_height = options.input_size;
    return BundleFromModelFile(options.model, bare);
  }
  auto bundle = ModelStore(options.models).Find(options.model);
  if (!bundle) return std::unexpected(bundle.error().WithContext("--model " + options.model));
  return bundle;
}

ExtractorOptions ExtractorOptionsOf(const RunOptions& options, const Bundle& bundle) {
  return {.precision = options.precision.value_or(bundle.precision),
          .pooling = options.pooling,
          .input_size = options.input_size,
          .batch_size = options.batch_size,
          .threads = options.threads,
          .cache_directory = options.cache_directory,
          .force = options.force};
}

std::string UtcNow() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

// Refuses to mix features of another fingerprint, and says that this process works here.
Status EnterFolder(Folder& folder, const Fingerprint& fingerprint) {
  FRUITS_TRY(const bool has_state, folder.Exists(kStateJson));
  if (has_state) {
    FRUITS_TRY(const RunState before, ReadRunState(folder));
    if (const std::string difference = fingerprint.Difference(before.fingerprint); !difference.empty()) {
      return Fail(ErrorCode::kFailedPrecondition,
                  fmt::format("--output {}: the features there were made with other settings: {}; use another --output, or "
                              "--overwrite",
                              folder.Address(""), difference));
    }
  }
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  return WriteRunState(folder, {.fingerprint = fingerprint, .host = host, .pid = getpid(), .started = UtcNow()});
}

Result<Catalog> ListPhotos(const RunOptions& options, std::stop_token stop) {
  FRUITS_TRY(Catalog catalog, ListCatalog({.inputs = options.inputs,
                                           .globs = options.globs,
                                           .limit = options.limit,
                                           .working_directory = options.working_directory},
                                          std::move(stop)));
  if (catalog.size() == 0) {
    return Fail(ErrorCode::kNotFound, fmt::format("INPUT {}: expected photos ({}), found none", fmt::join(options.inputs, ", "),
                                                  options.globs.empty() ? "*.jpg, *.jpeg, *.png, *.webp"
                                                                        : fmt::format("--glob {}", fmt::join(options.globs, " "))));
  }
  return catalog;
}

Status CheckComponents(const RunOptions& options, std::size_t photos) {
  if (options.variance > 0 || options.components < photos) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("--components {}: {} photos allow at most {} (one less than their number)", options.components, photos,
                          photos - 1));
}

// Featurizes what the ledger lacks. The parts written before an error or a stop stay.
class Work {
 public:
  Work(const RunOptions& options, Folder& folder, const RunHooks& hooks, ProgressMeter& meter, Extracted& job)
      : options_(options), folder_(folder), hooks_(hooks), meter_(meter), job_(job) {}

  // `extractor` may be null when there is nothing to compute.
  Status Do(FeatureExtractor* extractor, bool with_moments) {
    const std::size_t dimension = extractor ? extractor->dimension() : job_.ledger.dimension;
    std::optional<BlockMoments> blocks;
    if (with_moments && dimension <= kMaxCovarianceDimension) blocks.emplace(dimension);
    PartBuilder builder(folder_, job_.fingerprint.Hex(), dimension, job_.ledger.parts);
    Assembly assembly(job_.catalog, job_.labels, folder_, job_.ledger, builder, blocks ? &*blocks : nullptr);
    job_.ledger.dimension = dimension;
    Status status = extractor ? Compute(*extractor, assembly) : Status{};
    if (status) status = assembly.Finish();
    const Status written = builder.Finish();
    damaged_part_ = assembly.damaged_part();
    if (!status) return status;
    FRUITS_CHECK(written);
    if (blocks) {
      FRUITS_TRY(job_.totals, blocks->Finish());
    }
    return {};
  }

  const std::optional<std::string>& damaged_part() const { return damaged_part_; }

 private:
  Status Compute(FeatureExtractor& extractor, Assembly& assembly) {
    StageTimes times;
    const std::size_t kept = job_.ledger.kept;
    const FeaturizeOptions featurize{
        .decode = {.max_pixels = options_.max_pixels, .exif_rotate = options_.exif_rotate},
        .fit = options_.fit,
        .filter = options_.resize_filter.value_or(job_.bundle.resize_filter),
        .threads = options_.threads > 0 ? options_.threads : UsableCpus(),
        .thumbnails = options_.thumbnails};
    Status status = Featurize(job_.catalog, job_.labels, job_.ledger.work, extractor, featurize, hooks_.stop, times,
                              [&](PhotoOutcome outcome) -> Status {
                                if (const auto* rejected = std::get_if<RejectedRow>(&outcome.what)) {
                                  if (options_.on_error == OnError::kFail) {
                                    return Fail(ErrorCode::kCorrupt, fmt::format("{}: {} (--on-error fail)", rejected->path,
                                                                                 rejected->reason));
                                  }
                                  ++job_.counts.rejected;
                                }
                                FRUITS_CHECK(assembly.Accept(std::move(outcome)));
                                ++job_.counts.computed;
                                meter_.Advance(kept + job_.counts.computed, job_.counts.rejected);
                                return {};
                              });
    Note(times);
    return status;
  }

  void Note(const StageTimes& times) {
    const auto seconds = [](const std::atomic<std::int64_t>& ns) { return static_cast<double>(ns.load()) * 1e-9; };
    job_.seconds["threads_read"] = seconds(times.read_ns);
    job_.seconds["threads_decode"] = seconds(times.decode_ns);
    job_.seconds["threads_resize"] = seconds(times.resize_ns);
    job_.seconds["threads_thumbnail"] = seconds(times.thumbnail_ns);
    job_.seconds["threads_wait_for_slot"] = seconds(times.wait_for_slot_ns);
    if (times.first_features_ns.load() > 0) {
      const auto began = std::chrono::duration_cast<std::chrono::nanoseconds>(meter_.began().time_since_epoch()).count();
      job_.seconds["to_first_features"] = static_cast<double>(times.first_features_ns.load() - began) * 1e-9;
    }
  }

  const RunOptions& options_;
  Folder& folder_;
  const RunHooks& hooks_;
  ProgressMeter& meter_;
  Extracted& job_;
  std::optional<std::string> damaged_part_;
};

// Ledger and work, and again where a kept part turns out to be damaged: it goes, and its photos are work.
Status DoAllWork(const RunOptions& options, Folder& folder, bool with_moments, FeatureExtractor& extractor, const RunHooks& hooks,
                 ProgressMeter& meter, Extracted& job) {
  while (true) {
    FRUITS_TRY(job.ledger, ReadLedger(folder, job.catalog, job.fingerprint.Hex()));
    meter.Begin(Phase::kFeaturizing, job.catalog.size());
    Work work(options, folder, hooks, meter, job);
    const Status status = work.Do(job.ledger.work.empty() ? nullptr : &extractor, with_moments);
    if (status || !work.damaged_part()) return status;
    FRUITS_CHECK(RemovePart(folder, *work.damaged_part()));
  }
}

void CountRows(Extracted& job) {
  job.counts.photos = job.catalog.size();
  job.counts.kept = job.ledger.kept;
  job.counts.removed = job.ledger.dead;
  job.counts.rejected = static_cast<std::uint64_t>(
      std::count_if(job.ledger.places.begin(), job.ledger.places.end(), [](const RowPlace& p) { return p.rejected; }));
  job.counts.features = job.counts.photos - job.counts.rejected;
}

}  // namespace

Result<Extracted> Extract(const RunOptions& options, Folder& folder, bool with_moments, const RunHooks& hooks,
                          ProgressMeter& meter) {
  Extracted job;
  FRUITS_TRY(job.labels, LabelRule::Parse(options.label));
  FRUITS_TRY(job.bundle, FindModel(options));
  // The network loads while the photos are listed.
  std::future<ExtractorResult> loading = std::async(std::launch::async, [&options, bundle = job.bundle] {
    return FeatureExtractor::Create(bundle, ExtractorOptionsOf(options, bundle));
  });
  meter.Begin(Phase::kListing, 0);
  FRUITS_TRY(job.catalog, ListPhotos(options, hooks.stop));
  if (with_moments) FRUITS_CHECK(CheckComponents(options, job.catalog.size()));
  const int width = options.input_size > 0 ? options.input_size : job.bundle.input_width;
  const int height = options.input_size > 0 ? options.input_size : job.bundle.input_height;
  job.fingerprint = Fingerprint(job.bundle, options, width, height);
  FRUITS_CHECK(EnterFolder(folder, job.fingerprint));
  FRUITS_TRY(const std::unique_ptr<FeatureExtractor> extractor, loading.get());
  FRUITS_CHECK(folder.Remove(kRunJson));  // what lies here is not whole until it is written again
  FRUITS_CHECK(DoAllWork(options, folder, with_moments, *extractor, hooks, meter, job));
  FRUITS_CHECK(SweepDeadRows(folder, job.ledger));
  CountRows(job);
  meter.Close();
  return job;
}

}  // namespace fruits
