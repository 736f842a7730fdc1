#include "fruits/model/model_store.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "fruits/core/try.h"

namespace fruits {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBundleJson = "bundle.json";

// As a user writes it: a local one without its scheme.
std::string AddressOf(const Folder& folder) {
  return folder.uri().is_local() ? folder.uri().raw : folder.Address("");
}

// Of the bundle in the folder's subfolder `name`, or in the folder itself. kNotFound: there is none.
Result<Bundle> ReadBundle(const Folder& folder, const std::string& name) {
  const fs::path below = name.empty() ? fs::path() : fs::path(name);
  FRUITS_TRY(const std::string text, folder.Read((below / kBundleJson).string()));
  const fs::path directory = AddressOf(folder);
  return ParseBundle(text, name.empty() ? directory.string() : (directory / name).string());
}

bool IsMissing(const Result<Bundle>& bundle) {
  return !bundle && bundle.error().code() == ErrorCode::kNotFound;
}

std::string AsOption(std::string_view store) { return fmt::format("--models (or FRUITS_MODELS) {}", store); }

std::string Joined(const std::vector<ModelStore::Listed>& models) {
  std::string text;
  for (const auto& model : models) text += (text.empty() ? "" : ", ") + model.name;
  return text.empty() ? "no models" : text;
}

}  // namespace

Result<ModelStore> ModelStore::Open(Storage& storage, const std::string& store,
                                    const std::string& working_directory) {
  const auto uri = ParseUri(store, working_directory);
  if (!uri) return std::unexpected(uri.error().WithContext(AsOption(store)));
  auto folder = storage.OpenFolder(*uri);
  if (!folder) return std::unexpected(folder.error().WithContext(AsOption(store)));
  return ModelStore(storage, working_directory, std::move(*folder));
}

std::string ModelStore::address() const { return AddressOf(*folder_); }

Result<std::vector<ModelStore::Listed>> ModelStore::List() const {
  const auto names = folder_->ListFolders();
  if (!names) return std::unexpected(names.error().WithContext(AsOption(address())));
  std::vector<Listed> listed;
  for (const std::string& name : *names) {
    auto bundle = ReadBundle(*folder_, name);
    if (!IsMissing(bundle)) listed.push_back({name, std::move(bundle)});
  }
  return listed;
}

Result<Bundle> ModelStore::Find(const std::string& name_or_path) const {
  if (name_or_path.empty()) return Fail(ErrorCode::kInvalidArgument, "the model's name is empty");
  const bool plain_name =
      name_or_path.find('/') == std::string::npos && name_or_path != "." && name_or_path != "..";
  if (plain_name) {
    auto in_store = ReadBundle(*folder_, name_or_path);
    if (in_store) return in_store;
    if (in_store.error().code() == ErrorCode::kCorrupt) return in_store;  // its message has the address
    if (!IsMissing(in_store)) return std::unexpected(in_store.error().WithContext(AsOption(address())));
  }
  FRUITS_TRY(const Uri uri, ParseUri(name_or_path, working_directory_));
  FRUITS_TRY(const auto folder, storage_->OpenFolder(uri));
  auto by_path = ReadBundle(*folder, "");
  if (!IsMissing(by_path)) return by_path;
  if (plain_name) return NotInStore(name_or_path);
  return Fail(
      ErrorCode::kNotFound,
      fmt::format("model '{}': no bundle.json in that folder (a model of the store is named without '/')",
                  name_or_path));
}

std::unexpected<Error> ModelStore::NotInStore(const std::string& name) const {
  const auto models = List();
  if (!models) return std::unexpected(models.error());
  const std::string missing =
      fmt::format("model '{}' is not in the store {}, which has: {}", name, address(), Joined(*models));
  if (!folder_->uri().is_local()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{0}. Import it into a folder with 'fruits models import {1} FILE --models DIR', "
                            "then 'aws s3 cp --recursive DIR/{1} {2}/{1}'",
                            missing, name, address()));
  }
  return Fail(ErrorCode::kNotFound, fmt::format("{0}. Get it with 'fruits models import {1} FILE', or "
                                                "'fruits models pull {1}' for a known one",
                                                missing, name));
}

Status ModelStore::Verify(const Bundle& bundle) const {
  FRUITS_TRY(const Uri uri, ParseUri(bundle.directory, working_directory_));
  FRUITS_TRY(const auto folder, storage_->OpenFolder(uri));
  return VerifyBundle(bundle, [&](const std::string& file) -> Result<std::string> {
    FRUITS_TRY(WrittenFile digest, folder->Digest(file));
    return std::move(digest.sha256);
  });
}

std::string DefaultStoreDirectory(const std::string& models_option, const std::string& fruits_models,
                                  const std::string& xdg_cache_home, const std::string& home) {
  if (!models_option.empty()) return models_option;
  if (!fruits_models.empty()) return fruits_models;
  // The XDG specification has a relative path ignored.
  if (xdg_cache_home.starts_with('/')) return (fs::path(xdg_cache_home) / "fruits/models").string();
  return (fs::path(home) / ".cache/fruits/models").string();
}

}  // namespace fruits
