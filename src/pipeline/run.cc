#include "fruits/pipeline/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <utility>

#include "fruits/core/try.h"
#include "pipeline/extract.h"
#include "pipeline/feature_rows.h"
#include "pipeline/fit_rows.h"
#include "pipeline/fitted_folder.h"
#include "pipeline/output_folder.h"
#include "pipeline/part_cache.h"
#include "pipeline/project_rows.h"

namespace fruits {
namespace {

// One call of a command: its output folder, its record, and the steps that the commands share.
class Command {
 public:
  Command(std::string name, unsigned scope, const RunOptions& options, const RunHooks& hooks)
      : scope_(scope), options_(options), hooks_(hooks), meter_(hooks.on_progress) {
    record_.command = std::move(name);
  }

  Status Open() {
    FRUITS_CHECK(CheckOptions(options_, scope_));
    FRUITS_TRY(folder_, PrepareOutput(options_));
    return {};
  }

  Result<Extracted> ExtractPhotos(bool with_moments) {
    FRUITS_TRY(Extracted job, Extract(options_, *folder_, with_moments, hooks_, meter_));
    record_.model = job.bundle;
    record_.fingerprint = job.fingerprint;
    record_.counts = job.counts;
    record_.seconds = job.seconds;
    record_.too_many_rejected =
        static_cast<double>(job.counts.rejected) > options_.max_rejected * static_cast<double>(job.counts.photos);
    FRUITS_CHECK(WriteRejected(job.ledger));
    if (job.counts.features == 0) {
      return Fail(ErrorCode::kFailedPrecondition,
                  fmt::format("none of {} photos could be used; {} says why", job.counts.photos,
                              folder_->Address("rejected.csv")));
    }
    return job;
  }

  // What the pictures and run.json say of a fit.
  void Note(const Fitted& fitted) {
    if (hooks_.painter) hooks_.painter->Begin(fitted);
    const Pca& pca = fitted.pca;
    record_.counts.components = pca.components_count();
    if (fitted.labels) record_.counts.labels = fitted.labels->entries().size();
    for (std::size_t i = 0; i < pca.components_count(); ++i) {
      record_.share_of_total.push_back(pca.ExplainedVarianceRatio(i));
      record_.share_of_kept.push_back(pca.ShareOfKept(i));
    }
  }

  Status WriteFit(const Fitted& fitted) {
    Note(fitted);
    FRUITS_TRY(const WrittenFiles files, WriteFittedFolder(*folder_, fitted));
    Keep(files);
    return {};
  }

  Status Project(FeatureRows& rows, const Fitted& fitted) {
    meter_.Begin(Phase::kProjecting, rows.size());
    FRUITS_TRY(const WrittenFiles files,
               ProjectRows(rows, fitted, *folder_,
                           {.with_scaled = options_.with_scaled,
                            .painter = hooks_.painter,
                            .on_rows = [this](std::uint64_t done) { meter_.Advance(done, record_.counts.rejected); }},
                           hooks_.stop));
    Keep(files);
    return {};
  }

  Status Paint() {
    if (!hooks_.painter) return {};
    FRUITS_TRY(const WrittenFiles files, hooks_.painter->Paint(*folder_));
    Keep(files);
    return {};
  }

  Result<RunSummary> Publish(std::vector<ListingProblem> problems) {
    meter_.Begin(Phase::kPublishing, 0);
    meter_.Close();
    for (const auto& [phase, seconds] : meter_.seconds()) record_.seconds[phase] = seconds;
    record_.seconds["total"] = meter_.elapsed();
    if (const double featurizing = record_.seconds["featurizing"]; featurizing > 0) {
      record_.images_per_second = static_cast<double>(record_.counts.computed) / featurizing;
    }
    FRUITS_CHECK(WriteRunJson(*folder_, options_, scope_, record_));
    meter_.Begin(Phase::kDone, 0);
    return RunSummary{.output = folder_->Address(""),
                      .model = record_.model.name,
                      .counts = record_.counts,
                      .seconds = record_.seconds,
                      .images_per_second = record_.images_per_second,
                      .share_of_total = record_.share_of_total,
                      .share_of_kept = record_.share_of_kept,
                      .too_many_rejected = record_.too_many_rejected,
                      .problems = std::move(problems)};
  }

  Folder& folder() { return *folder_; }
  ProgressMeter& meter() { return meter_; }
  RunRecord& record() { return record_; }

 private:
  void Keep(const WrittenFiles& files) { record_.files.insert(files.begin(), files.end()); }

  // rejected.csv in catalog order, from the parts.
  Status WriteRejected(const Ledger& ledger) {
    PartCache parts(*folder_, ledger.parts, PartColumns::kRows);
    std::vector<RejectedRow> rows;
    for (const RowPlace& place : ledger.places) {
      if (!place.rejected) continue;
      FRUITS_TRY(const FeaturePart* part, parts.Get(place.part));
      rows.push_back(part->rejected.at(place.row));
    }
    FRUITS_TRY(const WrittenFile file, WriteRejectedCsv(*folder_, rows));
    record_.files["rejected.csv"] = file;
    return {};
  }

  const unsigned scope_;
  const RunOptions& options_;
  const RunHooks& hooks_;
  ProgressMeter meter_;
  std::unique_ptr<Folder> folder_;
  RunRecord record_;
};

std::string WorkingDirectory(const RunOptions& options) {
  return options.working_directory.empty() ? std::filesystem::current_path().string() : options.working_directory;
}

// A run's folder or a Parquet file, and the folder it keeps alive.
struct StoredFeatures {
  std::unique_ptr<Folder> folder;
  std::unique_ptr<FeatureRows> rows;
  std::string fingerprint;
};

Result<StoredFeatures> OpenStoredFeatures(const RunOptions& options) {
  if (options.inputs.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("FEATURES: expected one folder or Parquet file, found {}", options.inputs.size()));
  }
  FRUITS_TRY(const Uri uri, ParseUri(options.inputs[0], WorkingDirectory(options)));
  StoredFeatures stored;
  if (!std::filesystem::is_directory(uri.raw)) {
    FRUITS_TRY(stored.rows, OpenTableRows(uri.raw));
    return stored;
  }
  FRUITS_TRY(stored.folder, Folder::Open(uri));
  if (Status whole = CheckWholeFolder(*stored.folder, Depth::kSizes); !whole) {
    return std::unexpected(whole.error().WithContext("FEATURES " + options.inputs[0]));
  }
  FRUITS_TRY(stored.rows, OpenFolderRows(*stored.folder));
  FRUITS_TRY(const RunState state, ReadRunState(*stored.folder));
  stored.fingerprint = state.fingerprint.Hex();
  return stored;
}

// What a command adds to a folder that another wrote stays beside it; a foreign folder gets a state of its own.
Status EnterDerived(Folder& folder) {
  FRUITS_TRY(const bool known, folder.Exists(kStateJson));
  if (!known) FRUITS_CHECK(WriteRunState(folder, {}));
  return folder.Remove(kRunJson);
}

}  // namespace

Result<RunSummary> Run(const RunOptions& options, const RunHooks& hooks) {
  Command command("run", kForRun, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(Extracted job, command.ExtractPhotos(true));
  const auto rows = MakeStoredRows(command.folder(), job.ledger.parts, job.ledger.places, job.ledger.dimension, &job.labels);

  command.meter().Begin(Phase::kFitting, 0);
  FRUITS_TRY(const Fitted fitted, job.totals ? FitMoments(std::move(*job.totals), options, job.fingerprint.Hex())
                                             : FitRows(*rows, options, job.fingerprint.Hex(), hooks.stop));
  FRUITS_CHECK(command.WriteFit(fitted));
  FRUITS_CHECK(command.Project(*rows, fitted));
  FRUITS_CHECK(command.Paint());
  return command.Publish(job.catalog.problems());
}

Result<RunSummary> ExtractFeatures(const RunOptions& options, const RunHooks& hooks) {
  Command command("extract", kForExtract, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(const Extracted job, command.ExtractPhotos(false));
  return command.Publish(job.catalog.problems());
}

Result<RunSummary> FitFeatures(const RunOptions& options, const RunHooks& hooks) {
  Command command("fit", kForFit, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(const StoredFeatures stored, OpenStoredFeatures(options));
  FRUITS_CHECK(EnterDerived(command.folder()));
  command.meter().Begin(Phase::kFitting, stored.rows->size());
  FRUITS_TRY(const Fitted fitted, FitRows(*stored.rows, options, stored.fingerprint, hooks.stop));
  command.record().counts.features = command.record().counts.photos = stored.rows->size();
  FRUITS_CHECK(command.WriteFit(fitted));
  FRUITS_CHECK(command.Paint());
  return command.Publish({});
}

Result<RunSummary> ProjectFeatures(const RunOptions& options, const std::string& fitted_folder, const RunHooks& hooks) {
  Command command("project", kForProject, options, hooks);
  FRUITS_CHECK(command.Open());
  FRUITS_TRY(const StoredFeatures stored, OpenStoredFeatures(options));
  FRUITS_TRY(const Fitted fitted, ReadFittedFolder(fitted_folder, WorkingDirectory(options)));
  FRUITS_CHECK(EnterDerived(command.folder()));
  if (!fitted.fingerprint.empty() && !stored.fingerprint.empty() && fitted.fingerprint != stored.fingerprint) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("--fitted {}: it was fitted on features of another fingerprint ({}) than these ({})", fitted_folder,
                            fitted.fingerprint.substr(0, 12), stored.fingerprint.substr(0, 12)));
  }
  command.record().counts.features = command.record().counts.photos = stored.rows->size();
  command.Note(fitted);
  FRUITS_CHECK(command.Project(*stored.rows, fitted));
  FRUITS_CHECK(command.Paint());
  return command.Publish({});
}

}  // namespace fruits
