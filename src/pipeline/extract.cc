#include "pipeline/extract.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/pipeline/stage_times.h"
#include "pipeline/assembly.h"
#include "pipeline/compaction.h"
#include "pipeline/distribute.h"
#include "pipeline/featurize.h"
#include "pipeline/fit_rows.h"
#include "pipeline/listing_check.h"
#include "pipeline/output_folder.h"
#include "pipeline/plan.h"

namespace fruits {
namespace {

std::string UtcNow() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

// What an earlier run left: refuses to mix features of another fingerprint. Changes nothing.
Result<RunState> ReadEarlierState(const Folder& folder, const Fingerprint& fingerprint) {
  auto found = FindRunState(folder);
  // Each part says itself whose features it holds; by what limit photos were rejected is not known.
  if (!found && found.error().code() == ErrorCode::kCorrupt) {
    RunState unknown;
    unknown.retries_rejected = true;
    return unknown;
  }
  if (!found) return std::unexpected(std::move(found).error());
  RunState before = std::move(*found).value_or(RunState{});
  if (before.fingerprint.fields().empty()) return before;
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
  return before;
}

// Says that this process works here, and takes the folder's being whole from it.
Status EnterFolder(Folder& folder, const Fingerprint& fingerprint, const RunOptions& options,
                   bool retries_rejected) {
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  FRUITS_CHECK(folder.Remove(kRunJson));
  return WriteRunState(folder, {.fingerprint = fingerprint,
                                .host = host,
                                .pid = getpid(),
                                .max_pixels = options.max_pixels,
                                .retries_rejected = retries_rejected,
                                .started = UtcNow()});
}

// Names one thing that was left out: it may be all that the user meant.
Status CheckAny(const RunOptions& options, const Catalog& catalog) {
  if (catalog.size() > 0) return {};
  std::string left_out;
  if (const auto& problems = catalog.problems(); !problems.empty()) {
    left_out = fmt::format("; left out {}: {}", problems.front().path, problems.front().reason);
    if (problems.size() > 1) left_out += fmt::format(", and {} more", problems.size() - 1);
  }
  return Fail(ErrorCode::kNotFound,
              fmt::format("INPUT {}: expected photos ({}), found none{}", fmt::join(options.inputs, ", "),
                          options.globs.empty() ? "*.jpg, *.jpeg, *.png, *.webp"
                                                : fmt::format("--glob {}", fmt::join(options.globs, " ")),
                          left_out));
}

// Featurizes what the ledger lacks. The parts written before an error or a stop stay.
class Work {
 public:
  Work(const RunOptions& options, Storage& storage, Plan& plan, Folder& folder, const RunHooks& hooks,
       ProgressMeter& meter, ContentIndex& contents, Extracted& job)
      : options_(options),
        storage_(storage),
        plan_(plan),
        folder_(folder),
        hooks_(hooks),
        meter_(meter),
        contents_(contents),
        job_(job) {}

  Status Do(FeatureExtractor& extractor, bool with_moments) {
    const std::size_t dimension = extractor.dimension();
    std::optional<BlockMoments> blocks;
    if (with_moments && !IsWide(dimension)) blocks.emplace(dimension);
    PartBuilder builder(folder_, job_.fingerprint.Hex(), dimension, job_.ledger.parts);
    Assembly assembly(plan_, job_.labels, folder_, job_.ledger, builder, options_.thumbnails,
                      blocks ? &*blocks : nullptr, hooks_.stop);
    job_.ledger.dimension = dimension;
    Status status = Compute(extractor, assembly);
    if (status) status = assembly.Finish();
    const Status written = builder.Finish();
    for (auto& [name, file] : builder.TakeFiles()) job_.files[name] = std::move(file);
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
    StageTimes own;
    StageTimes& times = hooks_.times ? *hooks_.times : own;
    std::uint64_t computed = 0;
    std::uint64_t rejected = 0;
    FeaturizeOptions featurize =
        FeaturizeOptionsOf(options_, job_.bundle, storage_.ReadsAtOnce({.inputs = options_.inputs}));
    featurize.contents = &contents_;
    const FetchPhoto read = [this](const PhotoToRead& photo, std::vector<std::byte>& bytes) {
      return storage_.Read(UriOfRawPath(photo.raw), bytes, kMaxFileBytes);
    };
    Status status = Featurize([this] { return plan_.Next(); }, read, job_.labels, extractor, featurize,
                              hooks_.stop, times,
                              [&](PhotoOutcome outcome) -> Status {
                                if (const auto* bad = std::get_if<RejectedRow>(&outcome.what)) {
                                  FRUITS_CHECK(CheckMayReject(*bad));
                                  if (hooks_.on_rejected) hooks_.on_rejected(*bad);
                                  ++rejected;
                                }
                                job_.counts.copied += outcome.copied;
                                FRUITS_CHECK(assembly.Accept(std::move(outcome)));
                                ++job_.counts.computed;
                                ShowProgress(++computed, rejected);
                                return {};
                              });
    Note(times);
    return status;
  }

  Status CheckMayReject(const RejectedRow& photo) const {
    if (options_.on_error != OnError::kFail) return {};
    return Fail(ErrorCode::kCorrupt, fmt::format("{}: {} (--on-error fail)", photo.path, photo.reason));
  }

  void ShowProgress(std::uint64_t computed, std::uint64_t rejected) {
    const std::uint64_t kept = plan_.kept();
    meter_.Advance(kept + computed, plan_.kept_rejected() + rejected, plan_.listed() ? plan_.size() : 0,
                   kept);
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
  Storage& storage_;
  Plan& plan_;
  Folder& folder_;
  const RunHooks& hooks_;
  ProgressMeter& meter_;
  ContentIndex& contents_;
  Extracted& job_;
  std::optional<std::string> damaged_part_;
};

std::uint64_t CountRejected(const Ledger& ledger) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(ledger.places, [](const RowPlace& p) { return p.rejected; }));
}

// What the listing said against the ledger, at the first reading of both.
void TakeCounts(const Plan& plan, Extracted& job) {
  job.counts.added = plan.size() - job.ledger.kept - job.ledger.changed;
  job.counts.changed = job.ledger.changed;
  job.counts.removed = job.ledger.gone;
}

// Ledger and work, and again where others did most of the work, or where a kept part turns out to be damaged:
// it goes, and its photos are work.
Status DoAllWork(const RunOptions& options, Storage& storage, Plan& plan, Folder& folder, bool with_moments,
                 FeatureExtractor& extractor, const RunHooks& hooks, ProgressMeter& meter, Extracted& job) {
  if (options.overwrite) FRUITS_CHECK(RemoveEarlierRun(folder));
  FRUITS_TRY(const RunState before, ReadEarlierState(folder, job.fingerprint));
  WrittenFiles known = ReadNamedFiles(folder);
  FRUITS_TRY(const bool is_finished, folder.Exists(kRunJson));
  std::optional<Selection> selection_before;
  if (const auto brief = is_finished ? ReadRunBrief(folder) : RunBrief(); is_finished && brief)
    selection_before = brief->selection;
  std::erase_if(known, [](const auto& file) { return !IsPartFile(file.first); });
  LedgerOptions ledger_options{
      .fingerprint = job.fingerprint.Hex(),
      .max_pixels = options.max_pixels,
      // With --on-error fail a photo that an earlier run rejected must end this one: it is
      // tried, and fails, again.
      .retry_rejected = options.retry_rejected || before.retries_rejected ||
                        (before.max_pixels != 0 && before.max_pixels != options.max_pixels) ||
                        options.on_error == OnError::kFail,
      .named = known};
  const bool retries_rejected = ledger_options.retry_rejected;
  for (bool is_first = true;; is_first = false) {
    Stored stored;
    FRUITS_CHECK(ReadStored(folder, ledger_options, job.ledger, stored, hooks.stop));
    plan.Begin(std::move(stored.rows), job.ledger);
    if (plan.listed()) {
      plan.MatchAll();
      stored.contents.Reserve(plan.size() - job.ledger.kept);
    }
    FRUITS_CHECK(CheckListing(options, plan, job.ledger, folder, selection_before));
    // Here a call that is refused has changed nothing, where the listing was quick.
    if (is_first) FRUITS_CHECK(EnterFolder(folder, job.fingerprint, options, retries_rejected));
    meter.Begin(Phase::kFeaturizing, plan.listed() ? plan.size() : 0, job.ledger.kept);
    if (is_first && hooks.distribute) {
      FRUITS_TRY(job.counts.computed,
                 DistributePhotos(plan, job.ledger, job.fingerprint.Hex(), folder, hooks.distribute));
      TakeCounts(plan, job);
      ledger_options.retry_rejected = options.on_error == OnError::kFail;
      continue;
    }
    Work work(options, storage, plan, folder, hooks, meter, stored.contents, job);
    const Status status = work.Do(extractor, with_moments);
    if (!status && !work.damaged_part()) return status;
    if (is_first && plan.matched()) TakeCounts(plan, job);
    std::optional<std::string> damaged = work.damaged_part();
    if (status) {
      FRUITS_CHECK(CheckListing(options, plan, job.ledger, folder, selection_before));
      FRUITS_TRY(damaged, CompactParts(folder, job.fingerprint.Hex(), job.ledger, job.files, hooks.stop));
      if (!damaged) break;
      ledger_options.retry_rejected = false;  // they were tried in this run
    }
    FRUITS_CHECK(RemovePart(folder, *damaged));
  }
  job.files.merge(known);  // of parts that this run left as they were
  return retries_rejected ? EnterFolder(folder, job.fingerprint, options, false) : Status();
}

void CountRows(const Plan& plan, Extracted& job) {
  job.counts.photos = plan.size();
  job.counts.kept = job.counts.photos - std::min(job.counts.photos, job.counts.computed);
  job.counts.rejected = CountRejected(job.ledger);
  job.counts.features = job.counts.photos - job.counts.rejected;
}

}  // namespace

Result<std::unique_ptr<Listing>> BeginListing(const RunOptions& options, Storage& storage) {
  const auto output = ParseUri(options.output, options.working_directory);
  if (!output) return std::unexpected(output.error().WithContext("--output"));
  return storage.List({.inputs = options.inputs,
                       .globs = options.globs,
                       .limit = options.limit,
                       .sample = options.sample,
                       .working_directory = options.working_directory,
                       .excluded = output->RawPath()});
}

Status CheckInputs(const RunOptions& options, Storage& storage) {
  RunOptions one = options;
  one.limit = one.sample = 0;  // a sample comes after the last page
  bool any = false;
  std::vector<ListingProblem> problems;
  for (const std::string& input : options.inputs) {
    one.inputs = {input};
    FRUITS_TRY(const auto listing, BeginListing(one, storage));
    FRUITS_TRY(const auto page, listing->Next());
    any = any || !page.empty();
    std::ranges::copy(listing->problems(), std::back_inserter(problems));
  }
  if (any) return {};
  Catalog none;
  none.Complete(std::move(problems));
  return CheckAny(options, none);
}

Result<Extracted> Extract(const RunOptions& options, LoadingModel model, std::unique_ptr<Listing> listing,
                          Storage& storage, Folder& folder, bool with_moments, const RunHooks& hooks,
                          ProgressMeter& meter) {
  Extracted job;
  auto labels = LabelRule::Parse(options.label);
  if (!labels) return std::unexpected(labels.error().WithContext("--label"));
  job.labels = std::move(*labels);
  job.bundle = model.choice.bundle;
  job.precision = model.choice.precision;
  job.precision_reason = model.choice.reason;
  Plan plan(std::move(listing));
  FRUITS_CHECK(plan.OnListed([&](const Catalog& catalog) { return CheckAny(options, catalog); }));
  FRUITS_CHECK(plan.Fetch());
  const int width = options.input_size > 0 ? options.input_size : job.bundle.input_width;
  const int height = options.input_size > 0 ? options.input_size : job.bundle.input_height;
  job.input_width = width;
  job.fingerprint = Fingerprint(job.bundle, job.precision, options, width, height);
  FRUITS_TRY(const std::unique_ptr<FeatureExtractor> extractor, model.extractor.get());
  const auto check = [&](const Catalog& catalog) -> Status {
    FRUITS_CHECK(CheckAny(options, catalog));
    if (with_moments) FRUITS_CHECK(CheckFit(options, catalog.size(), extractor->dimension()));
    return hooks.check_photos ? hooks.check_photos(catalog, extractor->dimension()) : Status();
  };
  FRUITS_CHECK(plan.OnListed(check));
  FRUITS_CHECK(DoAllWork(options, storage, plan, folder, with_moments, *extractor, hooks, meter, job));
  CountRows(plan, job);
  job.catalog = plan.TakeCatalog();
  meter.Close();
  return job;
}

}  // namespace fruits
