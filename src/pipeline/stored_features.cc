#include "pipeline/stored_features.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/pipeline/run_json.h"

namespace fruits {

Result<StoredFeatures> OpenStoredFeatures(Storage& storage, const std::string& address,
                                          const std::string& working_directory) {
  FRUITS_TRY(const Uri uri, ParseUri(address, working_directory));
  StoredFeatures stored;
  std::error_code error;
  const bool is_table =
      uri.is_local() ? !std::filesystem::is_directory(uri.raw, error) : uri.raw.ends_with(".parquet");
  if (is_table) {
    FRUITS_TRY(stored.rows, OpenTableRows(storage, uri));
    return stored;
  }
  FRUITS_TRY(stored.folder, storage.OpenFolder(uri));
  // In a bucket digests would cost a second reading of it all.
  const Depth depth = uri.is_local() ? Depth::kDigests : Depth::kSizes;
  if (Status whole = CheckWholeFolder(*stored.folder, depth); !whole) {
    return std::unexpected(whole.error().WithContext("FEATURES " + address));
  }
  FRUITS_TRY(stored.record, stored.folder->Read(kRunJson));
  FRUITS_TRY(const RunBrief brief, ReadRunBrief(*stored.folder));
  const auto labels = LabelRule::Parse(brief.label_rule.empty() ? "parent" : brief.label_rule);
  if (!labels) return std::unexpected(labels.error().WithContext(stored.folder->Address(kRunJson)));
  FRUITS_TRY(stored.rows, OpenFolderRows(*stored.folder, *labels));
  const auto state = FindRunState(*stored.folder);
  if (!state) return std::unexpected(state.error().WithContext("FEATURES " + address));
  if (!*state) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("FEATURES {}: {} is missing; run the command that made this folder again, which "
                            "writes it anew",
                            address, stored.folder->Address(kStateJson)));
  }
  stored.fingerprint = (*state)->fingerprint.Hex();
  return stored;
}

}  // namespace fruits
