#include "pipeline/fitted_folder.h"

#include "fruits/core/try.h"
#include "fruits/pipeline/run_json.h"

namespace fruits {
namespace {

constexpr std::string_view kTensors = "tensors.safetensors";
constexpr std::string_view kMetadata = "metadata.json";
constexpr std::string_view kFitted = "fitted/";

std::string Under(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + std::string(name);
}

Result<Fitted> Read(Storage& storage, const std::string& address, const std::string& working_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory));
  FRUITS_TRY(const auto folder, storage.OpenFolder(uri));
  FRUITS_TRY(const bool inside_run, folder->Exists(Under(kFitted, kMetadata)));
  const std::string_view prefix = inside_run ? kFitted : "";
  if (inside_run) FRUITS_CHECK(CheckWholeFolder(*folder, Depth::kSizes));
  FRUITS_TRY(const std::string metadata, folder->Read(Under(prefix, kMetadata)));
  FRUITS_TRY(const std::string tensors, folder->Read(Under(prefix, kTensors)));
  return ParseFitted(metadata, tensors);
}

}  // namespace

Result<WrittenFiles> WriteFittedFolder(Folder& folder, const Fitted& fitted) {
  FRUITS_TRY(const FittedFiles contents, SerializeFitted(fitted));
  WrittenFiles files;
  FRUITS_TRY(files[Under(kFitted, kTensors)], folder.Write(Under(kFitted, kTensors), contents.tensors));
  FRUITS_TRY(files[Under(kFitted, kMetadata)], folder.Write(Under(kFitted, kMetadata), contents.metadata));
  return files;
}

Result<Fitted> ReadFittedFolder(Storage& storage, const std::string& address,
                                const std::string& working_directory) {
  auto fitted = Read(storage, address, working_directory);
  if (!fitted) return std::unexpected(fitted.error().WithContext("--fitted " + address));
  return fitted;
}

}  // namespace fruits
