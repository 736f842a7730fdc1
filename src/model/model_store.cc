#include "fruits/model/model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace fruits {
namespace {

namespace fs = std::filesystem;

// The folders of the store that hold a bundle.json, by name.
std::vector<std::string> BundleNames(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (fs::exists(entry->path() / "bundle.json", ignored))
      names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "no models" : text;
}

}  // namespace

std::vector<ModelStore::Listed> ModelStore::List() const {
  std::vector<Listed> listed;
  for (const std::string& name : BundleNames(directory_)) {
    listed.push_back({name, LoadBundle((fs::path(directory_) / name).string())});
  }
  return listed;
}

Result<Bundle> ModelStore::Find(const std::string& name_or_path) const {
  if (name_or_path.empty()) return Fail(ErrorCode::kInvalidArgument, "the model's name is empty");
  std::error_code error;
  const bool plain_name =
      name_or_path.find('/') == std::string::npos && name_or_path != "." && name_or_path != "..";
  if (plain_name) {
    const fs::path in_store = fs::path(directory_) / name_or_path;
    if (fs::exists(in_store / "bundle.json", error)) return LoadBundle(in_store.string());
  }
  if (fs::exists(fs::path(name_or_path) / "bundle.json", error)) return LoadBundle(name_or_path);
  if (!plain_name) {
    return Fail(
        ErrorCode::kNotFound,
        fmt::format("model '{}': no bundle.json in that folder (a model of the store is named without '/')",
                    name_or_path));
  }
  return Fail(
      ErrorCode::kNotFound,
      fmt::format(
          "model '{0}' is not in the store {1}, which has: {2}. Get it with 'fruits models import {0} "
          "FILE', or 'fruits models pull {0}' for a known one",
          name_or_path, directory_, Joined(BundleNames(directory_))));
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
