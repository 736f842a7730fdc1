#include "fruits/pipeline/fitted_folder.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "fruits/io/stored_files.h"
#include "fruits/pipeline/run_json.h"

namespace fruits {
namespace {

constexpr std::string_view kTensors = "tensors.safetensors";
constexpr std::string_view kMetadata = "metadata.json";
constexpr std::string_view kFitted = "fitted/";
constexpr std::string_view kSparkData = "data/";

std::string Under(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + std::string(name);
}

// What Spark saved; none where it saved nothing here.
Result<std::optional<Fitted>> ReadSparkModel(const Folder& folder) {
  FRUITS_TRY(const auto files, ReadStoredFiles(folder, kSparkData));
  if (files.empty()) return std::nullopt;
  const auto metadata = files.find(std::string(kMetadata));
  const auto tensors = files.find(std::string(kTensors));
  if (metadata == files.end() || tensors == files.end()) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} holds no {}; expected what a FruitsPCAModel saved",
                            folder.Address(kSparkData), metadata == files.end() ? kMetadata : kTensors));
  }
  return ParseFitted(metadata->second, tensors->second);
}

// A file of the fit, which is what the record names where there is one.
Result<std::string> ReadNamed(const Folder& folder, const std::string& name, const WrittenFiles& named) {
  FRUITS_TRY(std::string text, folder.Read(name));
  const auto known = named.find(name);
  if (known != named.end() && ToHex(Sha256Of(text)) != known->second.sha256) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} is not what {} names", folder.Address(name), folder.Address(kRunJson)));
  }
  return text;
}

Result<Fitted> Read(Storage& storage, const std::string& address, const std::string& working_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory));
  FRUITS_TRY(const auto folder, storage.OpenFolder(uri));
  FRUITS_TRY(const bool inside_run, folder->Exists(Under(kFitted, kMetadata)));
  const std::string_view prefix = inside_run ? kFitted : "";
  if (inside_run) FRUITS_CHECK(CheckWholeFolder(*folder, Depth::kSizes));
  if (!inside_run) {
    FRUITS_TRY(const bool is_plain, folder->Exists(kMetadata));
    if (!is_plain) {
      FRUITS_TRY(auto from_spark, ReadSparkModel(*folder));
      if (from_spark) return std::move(*from_spark);
    }
  }
  const WrittenFiles named = inside_run ? ReadNamedFiles(*folder) : WrittenFiles();
  FRUITS_TRY(const std::string metadata, ReadNamed(*folder, Under(prefix, kMetadata), named));
  FRUITS_TRY(const std::string tensors, ReadNamed(*folder, Under(prefix, kTensors), named));
  return ParseFitted(metadata, tensors);
}

Result<WrittenFiles> Write(Folder& folder, std::string_view prefix, const Fitted& fitted) {
  FRUITS_TRY(const FittedFiles contents, SerializeFitted(fitted));
  WrittenFiles files;
  FRUITS_TRY(files[Under(prefix, kTensors)], folder.Write(Under(prefix, kTensors), contents.tensors));
  FRUITS_TRY(files[Under(prefix, kMetadata)], folder.Write(Under(prefix, kMetadata), contents.metadata));
  return files;
}

}  // namespace

Result<WrittenFiles> WriteFittedFolder(Folder& folder, const Fitted& fitted) {
  return Write(folder, kFitted, fitted);
}

Status SaveFittedFolder(Storage& storage, const std::string& address, const std::string& working_directory,
                        const Fitted& fitted) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory));
  FRUITS_TRY(const auto folder, storage.OpenFolder(uri));
  FRUITS_CHECK(Write(*folder, "", fitted));
  return {};
}

Result<Fitted> ReadFittedFolder(Storage& storage, const std::string& address,
                                const std::string& working_directory) {
  auto fitted = Read(storage, address, working_directory);
  if (!fitted) return std::unexpected(fitted.error().WithContext("--fitted " + address));
  return fitted;
}

}  // namespace fruits
