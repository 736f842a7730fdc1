// report.html of a run that is finished, from what its folder holds: another look, another number of
// thumbnails, or a folder that an older version left.
//
//   auto written = WriteRunReport({.run = "s3://bucket/results", .output = "page.html"});
//
// Threads: one caller per folder. Memory: as ReportPage, and the fit (17 MB at 2,048 columns).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "fruits/core/error.h"

namespace fruits {

struct RunReportOptions {
  std::string run = {};                        // a folder of run or project
  std::string output = {};                     // a file or s3:// address; "": report.html in that folder
  std::optional<std::size_t> thumbnails = {};  // at most; none: as many as keep the page within 25 MB
  std::string working_directory = {};          // for relative paths
  std::stop_token stop = {};
};

struct WrittenReport {
  std::string address;
  std::uint64_t size_bytes = 0;
  std::uint64_t photos = 0;
};

// Into the folder itself, run.json then names the new file; a kill between the two is mended by the same
// call. kFailedPrecondition: the folder is not whole, holds no projection, or somebody works there;
// kNotFound: no run.json; kCancelled.
Result<WrittenReport> WriteRunReport(const RunReportOptions& options);

}  // namespace fruits
