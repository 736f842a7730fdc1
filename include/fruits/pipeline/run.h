// The whole chain on one machine, and its parts.
//
//   RunOptions options;
//   options.inputs = {"photos"};
//   options.output = "results";
//   options.models = "/home/me/.cache/fruits/models";
//   Result<RunSummary> summary = Run(options, {});
//
// Called again with the same options and output, each goes on where it was stopped and computes only what is
// new or has changed. The bytes of pca_result.csv depend on the photos, the model and the options that change
// numbers, not on threads, batch size or interruptions. Threads: one caller per output folder; callbacks come
// from threads of the run. Memory: see docs/architecture.md.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/progress.h"
#include "fruits/io/catalog.h"
#include "fruits/io/feature_part.h"
#include "fruits/pipeline/options.h"
#include "fruits/pipeline/painter.h"
#include "fruits/pipeline/run_json.h"
#include "fruits/pipeline/stage_times.h"

namespace fruits {

struct RunHooks {
  // Computes photos elsewhere: gets all tasks in their order, has each of them computed by a TaskWorker
  // (task_worker.h), and returns when all are done.
  using Distribute = std::function<Status(const std::vector<std::string>& tasks)>;
  // Looks at all photos of the run, once they are listed and the width of a feature row is known: before any
  // is read where the listing is quick, else from another thread beside the work. Its error ends the run.
  using CheckPhotos = std::function<Status(const Catalog& catalog, std::size_t dimension)>;

  std::stop_token stop = {};    // ends the run with kCancelled, leaving what is done
  OnProgress on_progress = {};  // may be empty
  Painter* painter = nullptr;   // may be null: no pictures
  // May be empty: photos are computed here. Else only what it left (photos that could not be read, members of
  // archives) is computed here.
  Distribute distribute = {};
  std::function<void(const RejectedRow&)> on_rejected =
      {};                         // may be empty: photos that this run rejects, in order
  StageTimes* times = nullptr;    // may be null; else kept up to date
  CheckPhotos check_photos = {};  // may be empty
};

struct RunSummary {
  std::string output;             // address of the folder
  std::string model;              // the bundle that was used
  int input_size = 0;             // width that the network sees
  std::uint64_t model_bytes = 0;  // of its files
  std::string precision;          // "f32", "bf16", "int8"
  std::string precision_reason;   // where --precision auto chose
  RunCounts counts;
  RunUse use;
  std::map<std::string, double> seconds;
  double images_per_second = 0;
  std::vector<double> share_of_total;
  std::vector<double> share_of_kept;
  bool too_many_rejected = false;        // above max_rejected: everything is written all the same
  std::vector<ListingProblem> problems;  // unreadable folders, broken archives and links: each weighs as one
};

// Errors of all four: kInvalidArgument (an option; K above min(n - 1, D)), kNotFound (an input, the model),
// kFailedPrecondition (a foreign or another fingerprint's output folder, an int8 model without VNNI),
// kCancelled, kIo, kResourceExhausted.
Result<RunSummary> Run(const RunOptions& options, const RunHooks& hooks);  // photos to everything
Result<RunSummary> ExtractFeatures(const RunOptions& options,
                                   const RunHooks& hooks);  // photos to features/ and rejected.csv
// inputs[0] is a run's folder or a Parquet file with `path` and `features`; writes fitted/ and pictures, into
// that folder or one that holds no other features (kFailedPrecondition).
Result<RunSummary> FitFeatures(const RunOptions& options, const RunHooks& hooks);
// The same input, projected with the fitted/ folder at `fitted`; writes pca_result.csv and .parquet.
Result<RunSummary> ProjectFeatures(const RunOptions& options, const std::string& fitted,
                                   const RunHooks& hooks);

// What a folder holds.
struct FolderStatus {
  enum class Kind { kEmpty, kForeign, kUnfinished, kRunning, kFinished, kBroken };
  Kind kind = Kind::kEmpty;
  std::size_t stored_rows = 0;  // in complete parts
  std::size_t stored_rejected = 0;
  std::string holder;   // who works there, where it is running
  RunState state;       // where there is one
  RunBrief brief;       // where it is finished
  std::string problem;  // where it is broken, and what is damaged where it is unfinished
};
Result<FolderStatus> InspectFolder(const std::string& uri, const std::string& working_directory);

// Whether each of the options' inputs can be listed and all together have a photo, by their first pages: for
// who has other work to do before the run that reads them. The errors that the run would give; writes
// nothing.
Status CheckRunInputs(const RunOptions& options, const std::stop_token& stop);

// Whether a run could write its results there now, by the checks that a run makes; what it writes it removes.
// kFailedPrecondition: files that no run wrote, a run at work, no access.
Status CheckOutput(const std::string& uri, const std::string& working_directory);

// Removes what a run that was not finished, or whose folder is broken, left: all of its files, and nothing
// else; broken are also a damaged run.json and a file of other bytes (all are read). In a finished folder
// only temporaries of killed processes go. In a bucket the multipart uploads that a run left open at its
// files' names go in any case. Gives the number of files and uploads removed. kFailedPrecondition: a run is
// at work there, or the files are no run's.
Result<std::size_t> CleanFolder(const std::string& uri, const std::string& working_directory);

}  // namespace fruits
