// run.json, the last file of a run: while it is missing, or a file it names is missing or differs (by digest,
// or by size alone where the folder is in a bucket),
// the folder is not whole, and no reader of this library takes it.
//
//   FRUITS_CHECK(CheckWholeFolder(folder, Depth::kSizes));
//
// Threads: any, one writer per folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/catalog.h"
#include "fruits/io/folder.h"
#include "fruits/io/result_table.h"
#include "fruits/pipeline/fingerprint.h"
#include "fruits/pipeline/options.h"

namespace fruits {

struct RunCounts {
  std::uint64_t photos = 0;    // seen: good and rejected
  std::uint64_t features = 0;  // good rows
  std::uint64_t rejected = 0;
  std::uint64_t computed = 0;  // photos that this run read
  std::uint64_t copied = 0;    // of them, those with the bytes of another photo: not featurized again
  std::uint64_t kept = 0;      // rows taken over from before
  std::uint64_t added = 0;     // photos that no earlier run knew
  std::uint64_t changed =
      0;  // stored rows that were done again: their photo changed, or was to be tried again
  std::uint64_t removed = 0;  // stored rows whose photo is gone
  std::uint64_t labels = 0;
  std::uint64_t components = 0;
};

// What this call took of its machine.
struct RunUse {
  int cores = 0;              // that it may use; 0: a cluster's, which are not known here
  double core_hours = 0;      // those cores for as long as it ran, busy or not
  double cpu_seconds = 0;     // of all threads of this process
  double price_per_hour = 0;  // as it was told; 0: not
  double cost = 0;            // that price for as long as it ran
};

// What run.json says, beside the options.
struct RunRecord {
  std::string command;  // "run", "extract", "fit", "project"
  Fingerprint fingerprint;
  Bundle model;        // empty name: none used
  int input_size = 0;  // width
  Precision precision = Precision::kF32;
  std::string precision_reason;  // where --precision auto chose
  RunCounts counts;
  RunUse use;
  std::map<std::string, double> seconds;  // by stage; "total" is the whole
  double images_per_second = 0;           // computed photos over the featurizing phase
  std::vector<double> share_of_total;     // explained_variance_ratio of the K kept
  std::vector<double> share_of_kept;      // eigenvalue / sum over the K kept
  bool too_many_rejected = false;
  WrittenFiles files;
  std::vector<ListingProblem> problems;
  std::string
      features_record;  // fit, project: run.json of the folder that the features come from; may be empty
};

inline constexpr std::string_view kRunJson = "run.json";
inline constexpr std::string_view kStateJson = "_run/state.json";

// What run.json says of the folder's files; nothing where there is none that can be read.
WrittenFiles ReadNamedFiles(const Folder& folder);
// Adds the size and digest of every file of the run that `files` does not name yet, and takes out names of
// files that are gone. Reads what it adds; kCancelled on `stop`.
Status NameAllFiles(const Folder& folder, std::stop_token stop, WrittenFiles& files);
// Writes run.json. What `record` does not know of the features (model, fingerprint, rejected photos) is taken
// from record.features_record.
Status WriteRunJson(Folder& folder, const RunOptions& options, unsigned scope, const RunRecord& record);

// The same text without the files: what pictures say of a run.
std::string DescribeRun(const RunOptions& options, unsigned scope, const RunRecord& record);
// Replaces one result file of a finished folder: `write` writes it, then run.json names the new one. A reader
// between the two finds a folder that disagrees; so does one after a kill there, and the same call mends it.
using Producer = std::function<Result<WrittenFile>()>;
Status WriteNamedFile(Folder& folder, std::string_view name, const Producer& write);

enum class Depth { kSizes, kDigests };
// kNotFound: no run.json; kFailedPrecondition: a newer version's, or a named file is missing or differs (all
// of them are named).
Status CheckWholeFolder(const Folder& folder, Depth depth);
// The same where not being whole is no error: what disagrees, "" where nothing does. kNotFound: no run.json;
// kCorrupt: one that this version cannot read; else the folder's errors.
Result<std::string> FindDisagreements(const Folder& folder, Depth depth);

// Which of the listed photos a run took; 0: all.
struct Selection {
  std::size_t limit = 0;
  std::size_t sample = 0;
  bool operator==(const Selection&) const = default;
};

// What run.json says of itself, for status.
struct RunBrief {
  std::string command;
  std::string label_rule;  // "" where the command had none
  Selection selection;
  RunCounts counts;
  double total_seconds = 0;
  bool too_many_rejected = false;
};
Result<RunBrief> ReadRunBrief(const Folder& folder);

// _run/state.json: whose features lie here, and who works on them.
struct RunState {
  Fingerprint fingerprint;
  std::string host;
  std::int64_t pid = 0;
  std::uint64_t max_pixels = 0;   // rejections depend on it
  bool retries_rejected = false;  // they are being tried again, and not all of them may have been
  std::string started;            // UTC, ISO 8601
};
Status WriteRunState(Folder& folder, const RunState& state);
// kCorrupt: damaged, or of another version; the message says what to do.
Result<RunState> ReadRunState(const Folder& folder);
// None: no such file. kCorrupt: as above; kIo: it cannot be read, such as a folder of that name.
Result<std::optional<RunState>> FindRunState(const Folder& folder);

}  // namespace fruits
