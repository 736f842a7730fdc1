#include "pipeline/extract.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "fruits/core/cpu_share.h"
#include "fruits/core/try.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/model/model_store.h"
#include "pipeline/assembly.h"
#include "pipeline/featurize.h"
#include "pipeline/fit_rows.h"
#include "pipeline/output_folder.h"
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
  if (options.bare_model != BareModelOptions{}) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("--model {}: a bundle brings its own preprocessing; --color-order, --mean, --scale and "
                    "--features-output are for a model file that ends in .onnx or .xml",
                    options.model));
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
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

// Refuses to mix features of another fingerprint, says that this process works here, and takes the folder's
// being whole from it. Gives what the ledger must know of the earlier run.
Result<LedgerOptions> EnterFolder(Folder& folder, const Fingerprint& fingerprint, const RunOptions& options) {
  if (options.overwrite) FRUITS_CHECK(RemoveEarlierRun(folder));
  RunState before;
  FRUITS_TRY(const bool has_state, folder.Exists(kStateJson));
  if (has_state) {
    FRUITS_TRY(before, ReadRunState(folder));
    FRUITS_TRY(const auto parts, ListFeatureParts(folder));
    const std::string difference = fingerprint.Difference(before.fingerprint);
    if (!parts.empty() && !difference.empty()) {
      return Fail(
          ErrorCode::kFailedPrecondition,
          fmt::format(
              "--output {}: the features there were made with other settings: {}; use another --output, or "
              "--overwrite",
              folder.Address(""), difference));
    }
  }
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  FRUITS_CHECK(folder.Remove(kRunJson));
  FRUITS_CHECK(WriteRunState(folder, {.fingerprint = fingerprint,
                                      .host = host,
                                      .pid = getpid(),
                                      .max_pixels = options.max_pixels,
                                      .started = UtcNow()}));
  return LedgerOptions{
      .fingerprint = fingerprint.Hex(),
      .max_pixels = options.max_pixels,
      // With --on-error fail a photo that an earlier run rejected must end this one: it is tried, and fails,
      // again.
      .retry_rejected = before.max_pixels != options.max_pixels || options.on_error == OnError::kFail};
}

Result<Catalog> ListPhotos(const RunOptions& options, std::stop_token stop) {
  FRUITS_TRY(Catalog catalog, ListCatalog({.inputs = options.inputs,
                                           .globs = options.globs,
                                           .limit = options.limit,
                                           .working_directory = options.working_directory},
                                          std::move(stop)));
  if (catalog.size() == 0) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("INPUT {}: expected photos ({}), found none", fmt::join(options.inputs, ", "),
                            options.globs.empty() ? "*.jpg, *.jpeg, *.png, *.webp"
                                                  : fmt::format("--glob {}", fmt::join(options.globs, " "))));
  }
  return catalog;
}

// What no number of good photos can mend, before any is read.
Status CheckFit(const RunOptions& options, std::size_t photos, std::size_t dimension) {
  if (options.variance == 0 && options.components >= photos) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--components {}: {} photos allow at most {} (one less than their number)",
                            options.components, photos, photos - 1));
  }
  if (options.variance == 0 && options.components > dimension) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--components {}: features of {} columns allow at most {}", options.components,
                            dimension, dimension));
  }
  if (IsWide(dimension) && photos > kMaxGramRows) {
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("features of {} columns can be fitted on at most {} photos, these are {}; use "
                            "--pooling avg or --limit",
                            dimension, kMaxGramRows, photos));
  }
  return {};
}

// A folder that cannot be listed today is no reason to throw its stored rows away.
Status CheckProblems(const Catalog& catalog, const Ledger& ledger) {
  if (catalog.problems().empty() || ledger.dead == 0) return {};
  const ListingProblem& problem = catalog.problems().front();
  return Fail(
      ErrorCode::kIo,
      fmt::format("{}: {}; the output folder holds {} rows of photos that are not listed any more, and "
                  "the run would drop them",
                  problem.path, problem.reason, ledger.dead));
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
    if (with_moments && !IsWide(dimension)) blocks.emplace(dimension);
    PartBuilder builder(folder_, job_.fingerprint.Hex(), dimension, job_.ledger.parts);
    Assembly assembly(job_.catalog, job_.labels, folder_, job_.ledger, builder, blocks ? &*blocks : nullptr,
                      hooks_.stop);
    job_.ledger.dimension = dimension;
    Status status = extractor ? Compute(*extractor, assembly) : Status{};
    if (status) status = assembly.Finish();
    const Status written = builder.Finish();
    damaged_part_ = assembly.damaged_part();
    FRUITS_CHECK(written);  // first: without it the same command does not go on from here
    if (!status) return status;
    if (blocks) {
      FRUITS_TRY(job_.totals, blocks->Finish());
    }
    return {};
  }

  const std::optional<std::string>& damaged_part() const { return damaged_part_; }

 private:
  Status Compute(FeatureExtractor& extractor, Assembly& assembly) {
    StageTimes times;
    std::uint64_t done = job_.ledger.kept;
    const FeaturizeOptions featurize{
        .decode = {.max_pixels = options_.max_pixels, .exif_rotate = options_.exif_rotate},
        .fit = options_.fit,
        .filter = options_.resize_filter.value_or(job_.bundle.resize_filter),
        .threads = options_.threads > 0 ? options_.threads : UsableCpus(),
        .thumbnails = options_.thumbnails};
    Status status = Featurize(
        job_.catalog, job_.labels, job_.ledger.work, extractor, featurize, hooks_.stop, times,
        [&](PhotoOutcome outcome) -> Status {
          if (const auto* rejected = std::get_if<RejectedRow>(&outcome.what)) {
            if (options_.on_error == OnError::kFail) {
              return Fail(ErrorCode::kCorrupt,
                          fmt::format("{}: {} (--on-error fail)", rejected->path, rejected->reason));
            }
            ++job_.counts.rejected;
          }
          FRUITS_CHECK(assembly.Accept(std::move(outcome)));
          ++job_.counts.computed;
          meter_.Advance(++done, job_.counts.rejected);
          return {};
        });
    Note(times);
    return status;
  }

  void Note(const StageTimes& times) {
    const auto seconds = [](const std::atomic<std::int64_t>& ns) {
      return static_cast<double>(ns.load()) * 1e-9;
    };
    job_.seconds["threads_read"] = seconds(times.read_ns);
    job_.seconds["threads_decode"] = seconds(times.decode_ns);
    job_.seconds["threads_resize"] = seconds(times.resize_ns);
    job_.seconds["threads_thumbnail"] = seconds(times.thumbnail_ns);
    job_.seconds["threads_wait_for_slot"] = seconds(times.wait_for_slot_ns);
    if (times.first_features_ns.load() > 0) {
      const auto began =
          std::chrono::duration_cast<std::chrono::nanoseconds>(meter_.began().time_since_epoch()).count();
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

std::uint64_t CountRejected(const Ledger& ledger) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(ledger.places, [](const RowPlace& p) { return p.rejected; }));
}

// Ledger and work, and again where a kept part turns out to be damaged: it goes, and its photos are work.
Status DoAllWork(const RunOptions& options, Folder& folder, bool with_moments, FeatureExtractor& extractor,
                 const RunHooks& hooks, ProgressMeter& meter, Extracted& job) {
  FRUITS_TRY(LedgerOptions ledger_options, EnterFolder(folder, job.fingerprint, options));
  while (true) {
    FRUITS_TRY(job.ledger, ReadLedger(folder, job.catalog, ledger_options, hooks.stop));
    FRUITS_CHECK(CheckProblems(job.catalog, job.ledger));
    job.counts.rejected = CountRejected(job.ledger);
    job.counts.removed = std::max<std::uint64_t>(job.counts.removed, job.ledger.dead);
    meter.Begin(Phase::kFeaturizing, job.catalog.size(), job.ledger.kept);
    Work work(options, folder, hooks, meter, job);
    const Status status = work.Do(job.ledger.work.empty() ? nullptr : &extractor, with_moments);
    if (!status && !work.damaged_part()) return status;
    std::optional<std::string> damaged = work.damaged_part();
    if (status) {
      FRUITS_TRY(damaged, SweepDeadRows(folder, job.ledger));
      if (!damaged) return {};
    }
    FRUITS_CHECK(RemovePart(folder, *damaged));
    ledger_options.retry_rejected = false;  // they were tried in this run
  }
}

void CountRows(Extracted& job) {
  job.counts.photos = job.catalog.size();
  job.counts.kept = job.counts.photos - std::min(job.counts.photos, job.counts.computed);
  job.counts.rejected = CountRejected(job.ledger);
  job.counts.features = job.counts.photos - job.counts.rejected;
}

}  // namespace

Result<Extracted> Extract(const RunOptions& options, Folder& folder, bool with_moments, const RunHooks& hooks,
                          ProgressMeter& meter) {
  Extracted job;
  auto labels = LabelRule::Parse(options.label);
  if (!labels) return std::unexpected(labels.error().WithContext("--label"));
  job.labels = std::move(*labels);
  FRUITS_TRY(job.bundle, FindModel(options));
  FRUITS_CHECK(GuardCpu());  // before any thread: it may set a variable
  // The network loads while the photos are listed.
  std::future<ExtractorResult> loading = std::async(std::launch::async, [&options, bundle = job.bundle] {
    return FeatureExtractor::Create(bundle, ExtractorOptionsOf(options, bundle));
  });
  meter.Begin(Phase::kListing, 0);
  FRUITS_TRY(job.catalog, ListPhotos(options, hooks.stop));
  const int width = options.input_size > 0 ? options.input_size : job.bundle.input_width;
  const int height = options.input_size > 0 ? options.input_size : job.bundle.input_height;
  job.fingerprint = Fingerprint(job.bundle, options, width, height);
  FRUITS_TRY(const std::unique_ptr<FeatureExtractor> extractor, loading.get());
  if (with_moments) FRUITS_CHECK(CheckFit(options, job.catalog.size(), extractor->dimension()));
  FRUITS_CHECK(DoAllWork(options, folder, with_moments, *extractor, hooks, meter, job));
  CountRows(job);
  meter.Close();
  return job;
}

}  // namespace fruits
