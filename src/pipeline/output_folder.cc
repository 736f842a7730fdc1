#include "pipeline/output_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/pipeline/run_json.h"

namespace fruits {
namespace {

// From the end of the chain to its beginning.
constexpr std::string_view kProjected[] = {"report.html", "projection.svg", "projection.png",
                                           "pca_result.csv", "pca_result.parquet"};
constexpr std::string_view kFitted[] = {"scree.svg", "scree.png", "fitted/metadata.json",
                                        "fitted/tensors.safetensors"};
constexpr std::string_view kRejected = "rejected.csv";
constexpr std::string_view kPartFolders[] = {"features/", "rejected/", "thumbs/"};
constexpr std::string_view kRunFolder = "_run/";

bool IsOneOf(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// For whoever finds the folder taken.
std::string ThisProcess() {
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  return fmt::format("process {} on {} (since {:%Y-%m-%dT%H:%M:%SZ})", getpid(), host,
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

// Those that are there: on S3 each removal is a request.
Status RemoveAll(Folder& folder, const std::vector<std::string>& there,
                 std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (std::ranges::binary_search(there, name)) FRUITS_CHECK(folder.Remove(name));
  }
  return {};
}

// Ours by what its records say, not by their names. Both are looked at: a folder in the place of one is an
// error before anything is removed.
Result<bool> IsOurs(const Folder& folder, const std::vector<std::string>& names) {
  const auto state = FindRunState(folder);
  if (!state && state.error().code() != ErrorCode::kCorrupt) return std::unexpected(state.error());
  if (folder.uri().is_local() || std::ranges::binary_search(names, kRunJson)) {
    const auto brief = ReadRunBrief(folder);
    if (brief) return true;
    if (brief.error().code() != ErrorCode::kNotFound && brief.error().code() != ErrorCode::kCorrupt)
      return std::unexpected(brief.error());
  }
  if (state && *state) return true;
  for (std::string_view name : names) {
    if (!IsPartFile(name) || !name.starts_with(kPartFolders[0])) continue;
    name.remove_prefix(kPartFolders[0].size());
    const auto facts = ReadFeaturePartFacts(folder, std::string(name));
    if (facts) return true;
    if (facts.error().code() != ErrorCode::kCorrupt) return std::unexpected(facts.error());
  }
  return false;
}

}  // namespace

Result<std::optional<std::string>> FindForeign(const Folder& folder, const std::vector<std::string>& names) {
  FRUITS_TRY(const bool is_ours, IsOurs(folder, names));
  if (is_ours) return std::nullopt;
  const auto foreign =
      std::ranges::find_if(names, [](const std::string& name) { return !name.starts_with(kRunFolder); });
  return foreign == names.end() ? std::nullopt : std::optional(*foreign);
}

bool IsRunFile(std::string_view name) {
  if (name == kRunJson || name == kRejected || IsOneOf(kProjected, name) || IsOneOf(kFitted, name))
    return true;
  return name.starts_with(kRunFolder) || IsPartFile(name);
}

bool IsPartFile(std::string_view name) {
  return std::ranges::any_of(kPartFolders, [&](std::string_view prefix) {
    return name.starts_with(prefix) && FeaturePartNumber(name.substr(prefix.size()));
  });
}

Result<OutputFolder> LockOutput(Storage& storage, const std::string& address,
                                const std::string& working_directory) {
  auto uri = ParseUri(address, working_directory);
  if (!uri) return std::unexpected(uri.error().WithContext("--output"));
  auto folder = storage.OpenFolder(*uri);
  if (!folder) return std::unexpected(folder.error().WithContext("--output"));
  const auto names = (*folder)->List("");
  if (!names)
    return std::unexpected(names.error().WithContext("--output: expected a folder that can be read"));
  const auto foreign = FindForeign(**folder, *names);
  if (!foreign) return std::unexpected(foreign.error().WithContext("--output"));
  if (*foreign) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("--output {}: expected an empty folder or an earlier run's, found {}",
                            (*folder)->Address(""), **foreign));
  }
  OutputFolder output{.folder = std::move(*folder), .lease = {}};
  auto lease = output.folder->TakeLease(ThisProcess());
  if (!lease) return std::unexpected(lease.error().WithContext("--output"));
  output.lease = std::move(*lease);
  return output;
}

Result<OutputFolder> OpenOutput(Storage& storage, const RunOptions& options) {
  FRUITS_TRY(OutputFolder output, LockOutput(storage, options.output, options.working_directory));
  FRUITS_CHECK(output.folder->RemoveTemporaries());
  return output;
}

Status CheckInputsOutside(const RunOptions& options, const Folder& folder) {
  const std::string inside = folder.uri().RawPath();
  for (const std::string& input : options.inputs) {
    FRUITS_TRY(const Uri uri, ParseUri(input, options.working_directory));
    if ((uri.RawPath() + "/").starts_with(inside.ends_with('/') ? inside : inside + "/")) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("INPUT {}: it lies in --output {}; expected photos outside of it", input,
                              folder.Address("")));
    }
  }
  return {};
}

Status RemoveEarlierRun(Folder& folder) {
  FRUITS_CHECK(folder.Remove(kRunJson));  // first: from here on the folder is not whole
  FRUITS_TRY(const auto names, folder.List(""));
  for (const std::string& name : names) {
    if (IsRunFile(name) && !name.starts_with(kRunFolder)) FRUITS_CHECK(folder.Remove(name));
  }
  return folder.Remove(kStateJson);  // last: until here the folder is known as ours
}

Status BeginPublishing(Folder& folder, Stage stage) {
  FRUITS_TRY(const std::vector<std::string> there, folder.List(""));
  if (std::ranges::binary_search(there, kRunJson)) FRUITS_CHECK(folder.Remove(kRunJson));
  FRUITS_CHECK(RemoveAll(folder, there, kProjected));
  if (stage == Stage::kProjection) return {};
  FRUITS_CHECK(RemoveAll(folder, there, kFitted));
  if (stage == Stage::kFit) return {};
  return RemoveAll(folder, there, std::span(&kRejected, 1));
}

}  // namespace fruits
