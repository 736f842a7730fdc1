#include "fruits/pipeline/run_json.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "fruits/core/cpu_share.h"
#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "fruits/core/version.h"
#include "fruits/model/cpu_guard.h"
#include "pipeline/output_folder.h"

namespace fruits {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRunJsonFormat = 1;

std::string Dump(const Json& json) { return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Result<Json> ReadJson(const Folder& folder, std::string_view name) {
  FRUITS_TRY(const std::string text, folder.Read(name));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return Fail(ErrorCode::kCorrupt, folder.Address(name) + ": expected a JSON object");
  }
  return json;
}

// The value of a field, or a default where it is missing or of another type.
template <typename T>
T Get(const Json& json, std::string_view key, T otherwise) {
  const auto found = json.find(key);
  if (found == json.end()) return otherwise;
  if constexpr (std::is_same_v<T, std::string>) {
    return found->is_string() ? found->template get<T>() : otherwise;
  } else if constexpr (std::is_same_v<T, bool>) {
    return found->is_boolean() ? found->template get<T>() : otherwise;
  } else {
    return found->is_number() ? found->template get<T>() : otherwise;
  }
}

// run.json, known to be one of this program's.
Result<Json> ReadRecord(const Folder& folder) {
  FRUITS_TRY(Json json, ReadJson(folder, kRunJson));
  const auto files = json.find("files");
  if (const int format = Get<int>(json, "format", 0); format > kRunJsonFormat) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("{}: expected \"format\" {}, found {}: a newer version wrote it",
                            folder.Address(kRunJson), kRunJsonFormat, format));
  }
  if (Get<int>(json, "format", 0) != kRunJsonFormat || Get<std::string>(json, "command", "").empty() ||
      files == json.end() || !files->is_object() || files->empty()) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: expected \"format\" {}, a \"command\" and its \"files\"",
                            folder.Address(kRunJson), kRunJsonFormat));
  }
  return json;
}

Json OptionsJson(const RunOptions& options, unsigned scope) {
  Json json;
  json["inputs"] = options.inputs;
  json["output"] = options.output;
  for (const OptionInfo& info : OptionTable()) {
    if (info.scope & scope) json[std::string(info.name)] = Json::parse(info.json(options));
  }
  return json;
}

Json CountsJson(const RunCounts& counts) {
  return {{"photos", counts.photos},     {"features", counts.features},    {"rejected", counts.rejected},
          {"computed", counts.computed}, {"copied", counts.copied},        {"kept", counts.kept},
          {"added", counts.added},       {"changed", counts.changed},      {"removed", counts.removed},
          {"labels", counts.labels},     {"components", counts.components}};
}

Json UseJson(const RunUse& use) {
  Json json = {{"cpu_seconds", use.cpu_seconds}};
  if (use.cores > 0) {
    json["cores"] = use.cores;
    json["core_hours"] = use.core_hours;
  }
  if (use.price_per_hour > 0) {
    json["price_per_hour"] = use.price_per_hour;
    json["cost"] = use.cost;
  }
  return json;
}

Json VarianceJson(const RunRecord& record) {
  std::vector<double> cumulative(record.share_of_total.size());
  std::partial_sum(record.share_of_total.begin(), record.share_of_total.end(), cumulative.begin());
  return {{"share_of_total", record.share_of_total},
          {"cumulative_share_of_total", cumulative},
          {"share_of_kept", record.share_of_kept}};
}

Json MachineJson() {
  const CpuFacts cpu = AllowedCpu();
  return {{"cpu", cpu.brand}, {"isa", IsaName(cpu)}, {"cpus", UsableCpus()}};
}

// What run.json answers for; a user's own files beside it are no business of a run.
bool IsResultFile(const std::string& name) {
  return IsRunFile(name) && name != kRunJson && !name.starts_with("_run/");
}

Json ProblemsJson(const std::vector<ListingProblem>& problems) {
  Json json = Json::array();
  for (const ListingProblem& problem : problems)
    json.push_back({{"path", problem.path}, {"reason", problem.reason}});
  return json;
}

// What is known of the features, from the record that came with them.
void TakeFeaturesRecord(const std::string& text, Json& json) {
  const Json features = Json::parse(text, nullptr, false);
  if (!features.is_object()) return;
  for (const char* field : {"model", "fingerprint", "listing_problems"}) {
    if (features.contains(field)) json[field] = features[field];
  }
  const Json counts = features.value("counts", Json::object());
  for (const char* field : {"photos", "rejected"})
    json["counts"][field] = Get<std::uint64_t>(counts, field, 0);
  json["too_many_rejected"] = Get<bool>(features, "too_many_rejected", false);
}

Json FileJson(const WrittenFile& file) { return {{"size_bytes", file.size_bytes}, {"sha256", file.sha256}}; }

// All of run.json but its files.
Json RecordJson(const RunOptions& options, unsigned scope, const RunRecord& record) {
  Json json;
  json["format"] = kRunJsonFormat;
  json["command"] = record.command;
  json["fruits_version"] = Version();
  json["openvino_version"] = OpenVinoVersion();
  json["machine"] = MachineJson();
  json["options"] = OptionsJson(options, scope);
  if (!record.model.name.empty()) {
    json["model"] = {{"name", record.model.name},
                     {"version", record.model.version},
                     {"source", record.model.source},
                     {"licence", record.model.licence},
                     {"precision", ToString(record.precision)}};
    if (!record.precision_reason.empty()) json["model"]["precision_reason"] = record.precision_reason;
  }
  json["fingerprint"] = {{"sha256", record.fingerprint.Hex()}, {"fields", record.fingerprint.fields()}};
  json["counts"] = CountsJson(record.counts);
  json["too_many_rejected"] = record.too_many_rejected;
  json["listing_problems"] = ProblemsJson(record.problems);
  json["seconds"] = record.seconds;
  json["images_per_second"] = record.images_per_second;
  json["use"] = UseJson(record.use);
  if (!record.share_of_total.empty()) json["variance"] = VarianceJson(record);
  if (!record.features_record.empty()) TakeFeaturesRecord(record.features_record, json);
  return json;
}

}  // namespace

WrittenFiles ReadNamedFiles(const Folder& folder) {
  if (const auto is_there = folder.Exists(kRunJson); !is_there || !*is_there) return {};
  const auto json = ReadRecord(folder);
  if (!json) return {};
  WrittenFiles files;
  for (const auto& [name, file] : json->find("files")->items()) {
    files[name] = {.size_bytes = Get<std::uint64_t>(file, "size_bytes", 0),
                   .sha256 = Get<std::string>(file, "sha256", "")};
  }
  return files;
}

Status NameAllFiles(const Folder& folder, std::stop_token stop, WrittenFiles& files) {
  FRUITS_TRY(const std::vector<std::string> names, folder.List(""));
  std::erase_if(files, [&](const auto& file) { return !std::ranges::binary_search(names, file.first); });
  for (const std::string& name : names) {
    if (!IsResultFile(name) || files.contains(name)) continue;
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped before run.json was written");
    FRUITS_TRY(files[name], folder.Digest(name));
  }
  return {};
}

std::string DescribeRun(const RunOptions& options, unsigned scope, const RunRecord& record) {
  return Dump(RecordJson(options, scope, record));
}

Status WriteRunJson(Folder& folder, const RunOptions& options, unsigned scope, const RunRecord& record) {
  Json json = RecordJson(options, scope, record);
  Json files;
  for (const auto& [name, file] : record.files) files[name] = FileJson(file);
  json["files"] = std::move(files);
  FRUITS_CHECK(folder.Write(kRunJson, Dump(json)));
  return {};
}

Status WriteNamedFile(Folder& folder, std::string_view name, const Producer& write) {
  FRUITS_TRY(const WrittenFile written, write());
  FRUITS_TRY(Json json, ReadRecord(folder));
  json["files"][std::string(name)] = FileJson(written);
  FRUITS_CHECK(folder.Write(kRunJson, Dump(json)));
  return {};
}

Result<std::string> FindDisagreements(const Folder& folder, Depth depth) {
  FRUITS_TRY(const Json json, ReadRecord(folder));
  const auto files = json.find("files");
  std::string wrong;
  FRUITS_TRY(const auto present, folder.List(""));
  for (const std::string& name : present) {
    if (IsResultFile(name) && !files->contains(name))
      wrong += (wrong.empty() ? "" : ", ") + name + " (not of this run)";
  }
  for (const auto& [name, file] : files->items()) {
    if (!IsResultFile(name)) {
      return Fail(ErrorCode::kCorrupt,
                  folder.Address(kRunJson) + ": expected names of result files, found " + name);
    }
    FRUITS_TRY(const auto facts, folder.Facts(name));
    bool differs = !facts || facts->size_bytes != Get<std::uint64_t>(file, "size_bytes", 0);
    if (!differs && depth == Depth::kDigests) {
      FRUITS_TRY(const WrittenFile digest, folder.Digest(name));
      differs = digest.sha256 != Get<std::string>(file, "sha256", "");
    }
    if (differs) wrong += (wrong.empty() ? "" : ", ") + name + (facts ? " (differs)" : " (missing)");
  }
  return wrong;
}

Status CheckWholeFolder(const Folder& folder, Depth depth) {
  FRUITS_TRY(const std::string wrong, FindDisagreements(folder, depth));
  if (wrong.empty()) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("{} does not agree with its run.json: {}; run the same command again to mend it",
                          folder.Address(""), wrong));
}

Result<RunBrief> ReadRunBrief(const Folder& folder) {
  FRUITS_TRY(const Json json, ReadRecord(folder));
  RunBrief brief;
  brief.command = Get<std::string>(json, "command", "");
  brief.label_rule = Get<std::string>(json.value("options", Json::object()), "label", "");
  brief.selection = {.limit = Get<std::size_t>(json.value("options", Json::object()), "limit", 0),
                     .sample = Get<std::size_t>(json.value("options", Json::object()), "sample", 0)};
  const Json counts = json.value("counts", Json::object());
  brief.counts.photos = Get<std::uint64_t>(counts, "photos", 0);
  brief.counts.features = Get<std::uint64_t>(counts, "features", 0);
  brief.counts.rejected = Get<std::uint64_t>(counts, "rejected", 0);
  brief.counts.labels = Get<std::uint64_t>(counts, "labels", 0);
  brief.counts.components = Get<std::uint64_t>(counts, "components", 0);
  brief.total_seconds = Get<double>(json.value("seconds", Json::object()), "total", 0);
  brief.too_many_rejected = Get<bool>(json, "too_many_rejected", false);
  return brief;
}

Status WriteRunState(Folder& folder, const RunState& state) {
  Json json;
  json["format"] = kRunJsonFormat;
  json["fingerprint"] = state.fingerprint.fields();
  json["host"] = state.host;
  json["pid"] = state.pid;
  json["max_pixels"] = state.max_pixels;
  json["retries_rejected"] = state.retries_rejected;
  json["started"] = state.started;
  FRUITS_CHECK(folder.Write(kStateJson, Dump(json)));
  return {};
}

Result<RunState> ReadRunState(const Folder& folder) {
  FRUITS_TRY(const std::string text, folder.Read(kStateJson));
  const Json json = Json::parse(text, nullptr, false);
  const auto fields = json.find("fingerprint");
  if (!json.is_object() || Get<int>(json, "format", 0) != kRunJsonFormat || fields == json.end() ||
      !fields->is_object()) {
    return Fail(
        ErrorCode::kCorrupt,
        fmt::format("{} is damaged: expected \"format\" {} and a \"fingerprint\"; run the command that "
                    "made this folder again, which writes it anew",
                    folder.Address(kStateJson), kRunJsonFormat));
  }
  std::map<std::string, std::string> read;
  for (const auto& [name, value] : fields->items()) {
    if (value.is_string()) read[name] = value.get<std::string>();
  }
  RunState state;
  state.fingerprint = Fingerprint(std::move(read));
  state.host = Get<std::string>(json, "host", "");
  state.pid = Get<std::int64_t>(json, "pid", 0);
  state.max_pixels = Get<std::uint64_t>(json, "max_pixels", 0);
  state.retries_rejected = Get<bool>(json, "retries_rejected", false);
  state.started = Get<std::string>(json, "started", "");
  return state;
}

Result<std::optional<RunState>> FindRunState(const Folder& folder) {
  // On a disk something else may lie in its place; in a bucket a name is known without asking.
  if (!folder.uri().is_local()) {
    FRUITS_TRY(const bool is_there, folder.Exists(kStateJson));
    if (!is_there) return std::nullopt;
  }
  auto state = ReadRunState(folder);
  if (state) return std::move(*state);
  if (state.error().code() == ErrorCode::kNotFound) return std::nullopt;
  return std::unexpected(std::move(state).error());
}

}  // namespace fruits
