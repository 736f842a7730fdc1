// The AWS tools' two INI files, ~/.aws/config and ~/.aws/credentials.
//
//   Ini ini = ParseIni(text);
//   ini["profile work"]["region"];
//
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html. Lines that are none are passed over, as
// the AWS tools do. Threads: any. Memory: the files.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "io/s3/config.h"

namespace fruits::io {

using IniSection = std::map<std::string, std::string, std::less<>>;
using Ini = std::map<std::string, IniSection, std::less<>>;

// Nested settings are named with a dot: "s3 =\n  addressing_style = path" is s3.addressing_style.
Ini ParseIni(std::string_view text);

struct Profile {
  std::string name{};
  bool exists = false;
  IniSection settings{};  // of both files; the credentials file's keys win
  // "" where there is none.
  std::string Get(std::string_view setting) const;
};

// AWS_PROFILE or AWS_DEFAULT_PROFILE or "default", from AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE or
// ~/.aws. kFailedPrecondition: a profile is named that is in neither file.
Result<Profile> LoadProfile(const Environment& environment);

}  // namespace fruits::io
