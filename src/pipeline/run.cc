#include "fruits/pipeline/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <utility>

#include "fruits/core/cpu_share.h"
#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/pipeline/fitted_folder.h"
#include "pipeline/extract.h"
#include "pipeline/feature_rows.h"
#include "pipeline/fit_rows.h"
#include "pipeline/loading_model.h"
#include "pipeline/output_folder.h"
#include "pipeline/part_cache.h"
#include "pipeline/project_rows.h"
#include "pipeline/stored_features.h"

namespace fruits {
namespace {

bool IsSameFolder(const Folder& a, const Folder& b) {
  if (a.uri().RawPath() == b.uri().RawPath()) return true;
  std::error_code error;
  return a.uri().is_local() && b.uri().is_local() &&
         std::filesystem::equivalent(a.uri().raw, b.uri().raw, error);
}

// Of the model's files, as far as they can be seen.
std::uint64_t BytesOf(const Bundle& bundle) {
  std::uint64_t bytes = 0;
  for (const auto& [name, digest] : bundle.sha256) {
    std::error_code error;
    const auto size = std::filesystem::file_size(bundle.directory + "/" + name, error);
    if (!error) bytes += size;
  }
  return bytes;
}

// One call of a command: its output folder, its record, and the steps that the commands share.
class Command {
 public:
  Command(std::string name, unsigned scope, const RunOptions& options, const RunHooks& hooks)
      : scope_(scope), options_(options), hooks_(hooks), storage_(hooks.stop), meter_(hooks.on_progress) {
    record_.command = std::move(name);
    record_.use = {.cores = hooks.distribute ? 0 : UsableCpus(), .price_per_hour = options.price_per_hour};
  }

  Status Open() {
    FRUITS_CHECK(CheckOptions(options_, scope_));
    if (scope_ & kForExtract) {
      FRUITS_TRY(model_, BeginLoading(options_, storage_));
      meter_.Begin(Phase::kListing, 0);
      FRUITS_TRY(listing_, BeginListing(options_, storage_));
    }
    FRUITS_TRY(output_, OpenOutput(storage_, options_));
    return {};
  }

  Result<Extracted> ExtractPhotos(bool with_moments) {
    FRUITS_CHECK(CheckInputsOutside(options_, folder()));
    FRUITS_TRY(Extracted job, Extract(options_, std::move(model_), std::move(listing_), storage_, folder(),
                                      with_moments, hooks_, meter_));
    record_.model = job.bundle;
    record_.input_size = job.input_width;
    record_.precision = job.precision;
    record_.precision_reason = job.precision_reason;
    record_.fingerprint = job.fingerprint;
    record_.counts = job.counts;
    record_.seconds = job.seconds;
    record_.problems = job.catalog.problems();
    record_.files = job.files;
    // What could not be listed hides photos, nobody knows how many: it weighs as one.
    const std::size_t hidden = record_.problems.size();
    record_.too_many_rejected =
        static_cast<double>(job.counts.rejected + hidden) / static_cast<double>(job.counts.photos + hidden) >
        options_.max_rejected;
    FRUITS_CHECK(BeginPublishing(folder(), Stage::kFeatures));
    FRUITS_CHECK(WriteRejected(job.ledger));
    if (job.counts.features == 0) {
      return Fail(ErrorCode::kFailedPrecondition,
                  fmt::format("none of {} photos could be used; {} says why", job.counts.photos,
                              folder().Address("rejected.csv")));
    }
    return job;
  }

  // Rejections may leave too few photos for the fit that was asked for.
  Status CheckLeft(const Extracted& job) {
    const Status enough = CheckFit(options_, job.counts.features, job.ledger.dimension);
    if (enough || job.counts.rejected == 0) return enough;
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{}, as {} of {} photos were rejected; {} says why", enough.error().message(),
                            job.counts.rejected, job.counts.photos, folder().Address("rejected.csv")));
  }

  // The features that a command works on. Beside parts of another run, its results would make these look
  // finished, or theirs: kFailedPrecondition.
  Result<StoredFeatures> OpenFeatures() {
    if (options_.inputs.size() != 1) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("FEATURES: expected one folder or Parquet file, found {}", options_.inputs.size()));
    }
    FRUITS_TRY(StoredFeatures stored,
               OpenStoredFeatures(storage_, options_.inputs[0], options_.working_directory));
    if (stored.folder && IsSameFolder(*stored.folder, folder())) return stored;
    FRUITS_TRY(const auto names, folder().List("features/"));
    FRUITS_TRY(const bool is_finished, folder().Exists(kRunJson));
    const auto state = FindRunState(folder());
    const bool begun = !is_finished && state && *state && !(*state)->fingerprint.fields().empty();
    if (!begun && std::ranges::none_of(names, IsPartFile)) return stored;
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("--output {}: it holds {}", folder().Address(""),
                            is_finished ? "another run's features; use another --output"
                                        : "an unfinished run; finish it with its command, or use another "
                                          "--output"));
  }

  // Before the first result of `stage` is written: all that was there of it goes.
  Status TakeFeatures(const StoredFeatures& stored, Stage stage) {
    record_.counts.features = record_.counts.photos = stored.rows->size();
    record_.features_record = stored.record;
    const auto known = FindRunState(folder());
    if (!known && known.error().code() != ErrorCode::kCorrupt) return std::unexpected(known.error());
    if (!known || !*known) FRUITS_CHECK(WriteRunState(folder(), {}));
    return BeginPublishing(folder(), stage);
  }

  // What the pictures and run.json say of a fit; `rows` will be projected by it.
  void Note(const Fitted& fitted, std::size_t rows) {
    if (hooks_.painter) hooks_.painter->Begin(fitted, rows);
    const Pca& pca = fitted.pca;
    record_.counts.components = pca.components_count();
    if (fitted.labels) record_.counts.labels = fitted.labels->entries().size();
    for (std::size_t i = 0; i < pca.components_count(); ++i) {
      record_.share_of_total.push_back(pca.ExplainedVarianceRatio(i));
      record_.share_of_kept.push_back(pca.ShareOfKept(i));
    }
  }

  Status WriteFit(const Fitted& fitted) {
    FRUITS_TRY(const WrittenFiles files, WriteFittedFolder(folder(), fitted));
    Keep(files);
    return {};
  }

  Status Project(FeatureRows& rows, const Fitted& fitted) {
    meter_.Begin(Phase::kProjecting, rows.size());
    FRUITS_TRY(const WrittenFiles files,
               ProjectRows(
                   rows, fitted, folder(),
                   {.with_scaled = options_.with_scaled,
                    .painter = hooks_.painter,
                    .on_rows = [this](std::uint64_t done) { meter_.Advance(done, record_.counts.rejected); }},
                   hooks_.stop));
    Keep(files);
    return {};
  }

  // Side by side: in a bucket both mostly wait.
  Status WriteFitAndProject(FeatureRows& rows, const Fitted& fitted) {
    auto writing = std::async(std::launch::async,
                              [&] { return Guard([&] { return WriteFittedFolder(folder(), fitted); }); });
    const Status projected = Project(rows, fitted);
    FRUITS_TRY(const WrittenFiles files, writing.get());
    Keep(files);
    return projected;
  }

  // `photos`: the folder that the features lie in, if any.
  Status Paint(const Folder* photos) {
    if (!hooks_.painter) return {};
    BeginLastPhase();
    FRUITS_TRY(const WrittenFiles files,
               hooks_.painter->Paint(folder(),
                                     {.record = DescribeRun(options_, scope_, record_), .photos = photos}));
    Keep(files);
    return {};
  }

  Result<RunSummary> Publish() {
    BeginLastPhase();
    FRUITS_CHECK(NameAllFiles(folder(), hooks_.stop, record_.files));
    meter_.Close();
    NoteTimes();
    FRUITS_CHECK(output_.lease->Check());
    FRUITS_CHECK(WriteRunJson(folder(), options_, scope_, record_));
    meter_.Begin(Phase::kDone, 0);
    return RunSummary{.output = folder().Address(""),
                      .model = record_.model.name,
                      .input_size = record_.input_size,
                      .model_bytes = BytesOf(record_.model),
                      .precision = std::string(ToString(record_.precision)),
                      .precision_reason = record_.precision_reason,
                      .counts = record_.counts,
                      .use = record_.use,
                      .seconds = record_.seconds,
                      .images_per_second = record_.images_per_second,
                      .share_of_total = record_.share_of_total,
                      .share_of_kept = record_.share_of_kept,
                      .too_many_rejected = record_.too_many_rejected,
                      .problems = record_.problems};
  }

  Storage& storage() { return storage_; }
  Folder& folder() { return *output_.folder; }
  ProgressMeter& meter() { return meter_; }

 private:
  // Pictures are a part of publishing. What went before has its times by then.
  void BeginLastPhase() {
    if (!std::exchange(publishing_, true)) meter_.Begin(Phase::kPublishing, 0);
    NoteTimes();
  }

  void NoteTimes() {
    for (const auto& [phase, seconds] : meter_.seconds()) record_.seconds[phase] = seconds;
    record_.seconds["total"] = meter_.elapsed();
    if (const double featurizing = record_.seconds["featurizing"]; featurizing > 0) {
      record_.images_per_second = static_cast<double>(record_.counts.computed) / featurizing;
    }
    const double hours = meter_.elapsed() / 3600;
    record_.use.core_hours = record_.use.cores * hours;
    record_.use.cpu_seconds = CpuSeconds() - cpu_before_;
    record_.use.cost = record_.use.price_per_hour * hours;
  }

  void Keep(const WrittenFiles& files) { record_.files.insert(files.begin(), files.end()); }

  // rejected.csv: photos in catalog order, from the parts, then what could not be listed.
  Status WriteRejected(const Ledger& ledger) {
    PartCache parts(folder(), ledger.parts, PartColumns::kRows, PartCache::Order::kAny);
    std::size_t at = 0;
    auto problem = record_.problems.begin();
    RejectedRow unlisted{.stage = "list"};
    FRUITS_TRY(record_.files["rejected.csv"], WriteRejectedCsv(folder(), [&]() -> Result<const RejectedRow*> {
                 while (at < ledger.places.size() && !ledger.places[at].rejected) ++at;
                 if (at == ledger.places.size()) {
                   if (problem == record_.problems.end()) return nullptr;
                   unlisted.path = problem->path;
                   unlisted.reason = (problem++)->reason;
                   return &unlisted;
                 }
                 const RowPlace place = ledger.places[at++];
                 FRUITS_TRY(const FeaturePart* part, parts.Get(place.part));
                 if (place.row >= part->rejected.size())
                   return Fail(ErrorCode::kCorrupt, "a part changed while it was read");
                 return &part->rejected[place.row];
               }));
    return {};
  }

  const unsigned scope_;
  const RunOptions& options_;
  const RunHooks& hooks_;
  Storage storage_;
  ProgressMeter meter_;
  LoadingModel model_;
  std::unique_ptr<Listing> listing_;
  OutputFolder output_;
  RunRecord record_;
  const double cpu_before_ = CpuSeconds();
  bool publishing_ = false;
};

Result<RunSummary> RunChain(const RunOptions& options, const RunHooks& hooks) {
  Command command("run", kForRun, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(Extracted job, command.ExtractPhotos(true));
  FRUITS_CHECK(command.CheckLeft(job));
  const auto rows =
      MakeStoredRows(command.folder(), job.ledger.parts, job.ledger.places, job.ledger.dimension, job.labels);

  command.meter().Begin(Phase::kFitting, 0);
  FRUITS_TRY(const Fitted fitted, job.totals
                                      ? FitMoments(std::move(*job.totals), options, job.fingerprint.Hex())
                                      : FitRows(*rows, options, job.fingerprint.Hex(), hooks.stop));
  command.Note(fitted, rows->size());
  FRUITS_CHECK(command.WriteFitAndProject(*rows, fitted));
  FRUITS_CHECK(command.Paint(&command.folder()));
  return command.Publish();
}

Result<RunSummary> OnlyExtract(const RunOptions& options, const RunHooks& hooks) {
  Command command("extract", kForExtract, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(const Extracted job, command.ExtractPhotos(false));
  return command.Publish();
}

Result<RunSummary> OnlyFit(const RunOptions& options, const RunHooks& hooks) {
  Command command("fit", kForFit, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(const StoredFeatures stored, command.OpenFeatures());
  command.meter().Begin(Phase::kFitting, stored.rows->size());
  const auto fit = [&]() -> Result<Fitted> {
    FRUITS_CHECK(CheckFit(options, stored.rows->size(), stored.rows->dimension()));
    return FitRows(*stored.rows, options, stored.fingerprint, hooks.stop);
  };
  const Result<Fitted> fitted = fit();
  if (!fitted) return std::unexpected(fitted.error().WithContext("FEATURES " + options.inputs[0]));
  // Nothing that lies there is touched before the fit has succeeded.
  FRUITS_CHECK(command.TakeFeatures(stored, Stage::kFit));
  command.Note(*fitted, 0);
  FRUITS_CHECK(command.WriteFit(*fitted));
  FRUITS_CHECK(command.Paint(nullptr));
  return command.Publish();
}

Result<RunSummary> OnlyProject(const RunOptions& options, const std::string& fitted_folder,
                               const RunHooks& hooks) {
  Command command("project", kForProject, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(const StoredFeatures stored, command.OpenFeatures());
  FRUITS_TRY(const Fitted fitted,
             ReadFittedFolder(command.storage(), fitted_folder, options.working_directory));
  if (!fitted.fingerprint.empty() && !stored.fingerprint.empty() &&
      fitted.fingerprint != stored.fingerprint) {
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("--fitted {}: it was fitted on features of another fingerprint ({}) than these ({})",
                    fitted_folder, fitted.fingerprint.substr(0, 12), stored.fingerprint.substr(0, 12)));
  }
  if (stored.rows->dimension() != fitted.pca.dimension()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("--fitted {}: it was fitted on {} columns, the features have {}", fitted_folder,
                            fitted.pca.dimension(), stored.rows->dimension()));
  }
  FRUITS_CHECK(command.TakeFeatures(stored, Stage::kProjection));
  command.Note(fitted, stored.rows->size());
  FRUITS_CHECK(command.Project(*stored.rows, fitted));
  FRUITS_CHECK(command.Paint(stored.folder.get()));
  return command.Publish();
}

}  // namespace

Result<RunSummary> Run(const RunOptions& options, const RunHooks& hooks) {
  return Guard([&] { return RunChain(options, hooks); });
}

Result<RunSummary> ExtractFeatures(const RunOptions& options, const RunHooks& hooks) {
  return Guard([&] { return OnlyExtract(options, hooks); });
}

Result<RunSummary> FitFeatures(const RunOptions& options, const RunHooks& hooks) {
  return Guard([&] { return OnlyFit(options, hooks); });
}

Result<RunSummary> ProjectFeatures(const RunOptions& options, const std::string& fitted,
                                   const RunHooks& hooks) {
  return Guard([&] { return OnlyProject(options, fitted, hooks); });
}

}  // namespace fruits
