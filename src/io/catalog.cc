#include "fruits/io/catalog.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <filesystem>

#include "fruits/core/try.h"
#include "fruits/io/glob.h"
#include "fruits/io/uri.h"
#include "io/lister.h"

namespace fruits {
const std::vector<std::string>& NameGlobs(const CatalogOptions& options) {
  static const std::vector<std::string> kPhotos = {"*.jpg", "*.jpeg", "*.png", "*.webp"};
  return options.globs.empty() ? kPhotos : options.globs;
}

Status CheckNameGlobs(const std::vector<std::string>& globs) {
  for (const std::string& glob : globs) {
    FRUITS_CHECK(CheckGlob(glob));
    if (glob.empty() || glob.find('/') != std::string::npos) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format(
              "the glob '{}' can match no file name; expected one without '/' (folders are chosen by the "
              "inputs, which may be globs such as 'photos/*/red*.jpg')",
              EncodePath(glob)));
    }
  }
  return {};
}

namespace {

// The working directory is a name, whatever characters it has.
std::string EscapeGlob(std::string_view path) {
  std::string escaped;
  for (const char c : path) {
    if (HasGlobSyntax(std::string_view(&c, 1))) {
      escaped.append("[").append(1, c).append("]");
    } else {
      escaped += c;
    }
  }
  return escaped;
}

Status AddInput(const std::string& input, const std::string& working_directory, io::Lister& lister) {
  FRUITS_TRY(const Uri uri, ParseUri(input, working_directory));
  if (!uri.is_local()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the input {}: this build lists local files and folders only", uri.ToString()));
  }
  struct stat facts{};
  // A name with a '[' in it that exists is that file.
  if (!HasGlobSyntax(input) || ::lstat(uri.raw.c_str(), &facts) == 0) return lister.AddInput(uri.raw);
  FRUITS_CHECK(CheckGlob(input));
  FRUITS_TRY(const Uri pattern, ParseUri(input, EscapeGlob(working_directory)));
  return lister.AddGlob(pattern.raw);
}

}  // namespace

Result<Catalog> ListCatalog(const CatalogOptions& options, std::stop_token stop) {
  if (options.inputs.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "no inputs; expected at least one file, folder or glob");
  }
  FRUITS_CHECK(CheckNameGlobs(options.globs));
  std::string working_directory = options.working_directory;
  if (working_directory.empty()) {
    std::error_code error;
    working_directory = std::filesystem::current_path(error).string();
    if (error)
      return Fail(ErrorCode::kIo, fmt::format("cannot find the working directory: {}", error.message()));
  }
  CatalogBuilder builder;
  const bool is_local = options.excluded.starts_with('/');
  io::Lister lister(NameGlobs(options), builder, std::move(stop), is_local ? options.excluded : "");
  for (const std::string& input : options.inputs) FRUITS_CHECK(AddInput(input, working_directory, lister));
  return builder.Finish(options.limit);
}

}  // namespace fruits
